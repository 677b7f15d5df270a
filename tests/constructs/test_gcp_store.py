"""What a Google Cloud cell's buckets hold to, read off the synthesized stack."""

from dataclasses import replace

import pytest
from support.aws_cells import PERSONAL
from support.gcp_cells import account_of, bindings, cell, runtime, stack, synthesize, synthesized

from agent_studio.estate import DataClass, Residency
from agent_studio.estate.catalogue.lookup import find_region
from agent_studio.estate.errors import StudioError

RESTRICTED = DataClass(
    name="restricted", residency=Residency.REGION, crossing=None, retention_days=30
)


def test_every_bucket_of_a_cell_is_closed_encrypted_and_kept() -> None:
    """Each bucket lies in the region, is private, under a cell's key, and outlives a plan."""
    buckets = stack().of("google_storage_bucket")
    assert set(buckets) == {
        "access-logs/logs/bucket",
        "logs/archive/store/bucket",
        "mailbox/inbox/bucket",
        "store-internal/store/bucket",
        "store-personal/store/bucket",
        "store-public/store/bucket",
    }
    for path, each in buckets.items():
        assert each["location"] == "europe-west3", path
        assert each["public_access_prevention"] == "enforced", path
        assert each["uniform_bucket_level_access"] is True, path
        assert each["force_destroy"] is False, path
        assert each["lifecycle"] == {"prevent_destroy": True}, path
        assert "keys_" in each["encryption"]["default_kms_key_name"], path


def test_access_to_every_other_bucket_is_logged() -> None:
    """Each bucket but that of the access logs themselves names it."""
    for path, each in stack().of("google_storage_bucket").items():
        if path == "access-logs/logs/bucket":
            assert "logging" not in each
        else:
            assert each["logging"]["log_bucket"].startswith("${google_storage_bucket.access-logs_")


def test_a_store_has_its_own_key_and_label() -> None:
    """A data class's bucket is encrypted with that class's key and says what it holds."""
    bucket = stack().at("google_storage_bucket", "store-personal/store/bucket")
    assert "keys_class-personal-access" in bucket["encryption"]["default_kms_key_name"]
    assert bucket["labels"]["data-class"] == "personal"


def test_a_store_admits_the_runtimes_that_declare_its_class_alone() -> None:
    """The whole policy of a bucket names those identities, and not even the project's owners."""

    def readers(name: str) -> dict[str, set[str]]:
        path = f"store-{name}/store/access"
        return bindings(stack().at("google_storage_bucket_iam_policy", path)["policy_data"])

    public = readers("public")
    assert set(public) == {"roles/storage.objectUser"}
    (reader,) = public["roles/storage.objectUser"]
    assert reader.startswith(account_of("identity-collector_account_"))
    assert len(readers("internal")["roles/storage.objectUser"]) == 3
    assert len(readers("personal")["roles/storage.objectUser"]) == 2


def test_no_bucket_admits_everyone() -> None:
    """No policy of a bucket names a public group."""
    for policy in stack().of("google_storage_bucket_iam_policy").values():
        assert "allUsers" not in policy["policy_data"]
        assert "allAuthenticatedUsers" not in policy["policy_data"]


def test_old_versions_are_kept_for_the_retention_of_their_class() -> None:
    """A class of thirty days keeps old versions thirty days, soft delete included."""
    short = synthesized(runtime(data_classes=(RESTRICTED,)))
    bucket = short.at("google_storage_bucket", "store-restricted/store/bucket")
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["soft_delete_policy"] == {"retention_duration_seconds": 30 * 86_400}
    assert {
        "action": {"type": "Delete"},
        "condition": {"days_since_noncurrent_time": 30, "with_state": "ARCHIVED"},
    } in bucket["lifecycle_rule"]


def test_the_archive_is_locked_for_good() -> None:
    """The retention policy of the log archive is locked, and as long as the longest retention."""
    long = synthesized(runtime(data_classes=(replace(RESTRICTED, retention_days=1000),)))
    archive = long.at("google_storage_bucket", "logs/archive/store/bucket")
    assert archive["retention_policy"] == {"is_locked": True, "retention_period": 1000 * 86_400}
    assert stack().at("google_storage_bucket", "logs/archive/store/bucket")["retention_policy"] == {
        "is_locked": True,
        "retention_period": 365 * 86_400,
    }


def test_a_copy_in_another_region_is_refused() -> None:
    """A cell that asks for a copy is not synthesized, rather than left without one."""
    target = find_region("gcp/europe-west4")
    assert target is not None
    with pytest.raises(StudioError, match="remove personal from the cell's replicate"):
        synthesize(replace(cell(runtime()), replicate={PERSONAL.name: target}))
