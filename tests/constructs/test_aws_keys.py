"""Who may use a cell's keys, read off the synthesized policies."""

from dataclasses import replace

import pytest
from support.aws_cells import COLLECTOR, PERSONAL, cell, runtime, statements, synthesized

from agent_studio.constructs.aws.keys import CellKeys
from agent_studio.estate.errors import StudioError

ROOT = "arn:aws:iam::222222222222:root"


def policy(path: str) -> dict[str, dict[str, object]]:
    """The statements of one key's policy, by id."""
    return statements(synthesized(runtime(), COLLECTOR).at("aws_kms_key", path)["policy"])


def test_every_class_of_data_has_its_own_key() -> None:
    """A cell has one key for each class of data that it holds, and one for operations."""
    keys = synthesized(runtime(), COLLECTOR).of("aws_kms_key")
    assert set(keys) == {
        "keys/class-internal",
        "keys/class-personal",
        "keys/class-public",
        "keys/operations",
    }


def test_keys_rotate_stay_in_their_region_and_outlive_a_plan() -> None:
    """No key can be destroyed by a plan, copied to another region, or left unrotated."""
    for key in synthesized(runtime(), COLLECTOR).of("aws_kms_key").values():
        assert key["enable_key_rotation"] is True
        assert key["multi_region"] is False
        assert key["deletion_window_in_days"] == 30
        assert key["lifecycle"] == {"prevent_destroy": True}


def test_a_data_key_works_through_s3_on_its_own_bucket_alone() -> None:
    """The key of a data class names S3, the cell's account and that class's one bucket."""
    bucket = synthesized(runtime(), COLLECTOR).at("aws_s3_bucket", "store-personal/store/bucket")
    condition = policy("keys/class-personal")["UseThroughTheOwnBucket"]["Condition"]
    arn = f"arn:aws:s3:::{bucket['bucket']}"
    assert condition == {
        "StringEquals": {
            "kms:CallerAccount": ["222222222222"],
            "kms:ViaService": ["s3.eu-west-1.amazonaws.com"],
        },
        "ArnLike": {"kms:EncryptionContext:aws:s3:arn": [arn, f"{arn}/*"]},
    }


@pytest.mark.parametrize("path", ["keys/class-personal", "keys/operations"])
def test_administrators_cannot_decrypt(path: str) -> None:
    """The statement without conditions holds no action that encrypts, decrypts or grants."""
    found = policy(path)
    bare = [each for each in found.values() if "Condition" not in each]
    assert [each["Sid"] for each in bare] == ["Administer"]
    assert bare[0]["Principal"] == {"AWS": [ROOT]}
    uses = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt", "CreateGrant", "*")
    actions = bare[0]["Action"]
    assert isinstance(actions, list)
    assert not [a for a in actions if a.removeprefix("kms:").startswith(uses)]


def test_every_service_is_bound_to_the_account() -> None:
    """Each service that uses the operations key does so for this account's resources alone."""
    for each in policy("keys/operations").values():
        principal = each["Principal"]
        assert isinstance(principal, dict)
        if "Service" in principal:
            assert "222222222222" in str(each["Condition"]), each["Sid"]


def test_a_data_class_cannot_take_the_place_of_operations() -> None:
    """A data class named as the cell's own key is refused with the name to change."""
    from cdktf import App, TerraformStack

    clash = runtime(data_classes=(replace(PERSONAL, name="operations"),))
    with pytest.raises(StudioError, match="found operations; fix: give the data class operations"):
        CellKeys(TerraformStack(App(), "stack"), "keys", cell=cell(clash))
