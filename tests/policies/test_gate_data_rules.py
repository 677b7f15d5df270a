"""Data is never destroyed, forgotten or kept less well by a plan."""

from typing import Any

import pytest

from agent_studio.policies.data_bearing import data_bearing_types

LOGS = "aws_cloudwatch_log_group.logs_group"
BUCKET = "aws_s3_bucket.store_bucket"
DESTROYED = "studio/data-bearing-destroyed"
WEAKENED = "studio/data-protection-weakened"
UNPROTECTED = "studio/data-bearing-unprotected"


def rules(findings: Any) -> list[tuple[str, str]]:
    """Control and message of the kit's own rules on data."""
    return [
        (f.control, f.message)
        for f in findings
        if f.control.startswith("studio/data") or f.control == UNPROTECTED
    ]


@pytest.mark.parametrize(
    ("actions", "what"),
    [
        (["delete"], "would be destroyed"),
        (["delete", "create"], "would be replaced by an empty one"),
        (["create", "delete"], "would be replaced by an empty one"),
        (["forget"], "would be dropped from state, and nothing would guard it any more"),
        (["create", "forget"], "would be dropped from state, and nothing would guard it any more"),
    ],
)
def test_losing_a_bucket_is_denied(example: Any, actions: list[str], what: str) -> None:
    """Destroying, replacing and forgetting a bucket are all denied, with what would be lost."""
    example.set_change(BUCKET, actions=actions)
    assert (
        DESTROYED,
        f"{BUCKET} {what}; it holds objects, and every version of them",
    ) in rules(example.findings(bound=False))


def test_a_deposed_object_counts(example: Any) -> None:
    """The deposed object of a replacement under way holds data too."""
    example.set_change(BUCKET, actions=["delete"], deposed="abcd1234")
    (control, message), *_ = rules(example.findings(bound=False))
    assert control == DESTROYED
    assert message.startswith(f"the deposed object abcd1234 of {BUCKET} would be destroyed")


def test_a_move_to_another_type_is_denied(example: Any) -> None:
    """A `moved` block can't turn what holds data into what does not."""
    address = "aws_s3_bucket_public_access_block.store_access"
    example.set_change(address, actions=["update"], previous_address="aws_s3_bucket.store_old")
    ((control, message),) = rules(example.findings(bound=False))
    assert control == DESTROYED
    assert message.startswith("aws_s3_bucket.store_old, which holds objects")


def test_a_move_within_a_type_is_allowed(example: Any) -> None:
    """Renaming a bucket's block with a `moved` block loses nothing."""
    example.set_change(BUCKET, actions=["no-op"], previous_address="aws_s3_bucket.store_old")
    assert rules(example.findings(bound=False)) == []


def test_a_removed_block_is_denied(example: Any) -> None:
    """A `removed` block that drops a bucket from state is denied before any plan."""
    example.edit(
        "cdk.tf.json",
        lambda s: s.update(
            removed=[{"from": "aws_s3_bucket.gone", "lifecycle": {"destroy": False}}]
        ),
    )
    assert rules(example.findings()) == [
        (
            DESTROYED,
            "a removed block drops aws_s3_bucket.gone, which holds objects, and every version of"
            " them",
        )
    ]


@pytest.mark.parametrize("lifecycle", [None, {}, {"prevent_destroy": False}, [{}]])
def test_a_bucket_without_prevent_destroy_is_denied(example: Any, lifecycle: Any) -> None:
    """Taking prevent_destroy away is denied, one change before the deletion."""
    example.edit(
        "cdk.tf.json",
        lambda s: s["resource"]["aws_s3_bucket"]["store_bucket"].update(lifecycle=lifecycle),
    )
    assert rules(example.findings()) == [
        (
            UNPROTECTED,
            f"{BUCKET} holds objects, and every version of them and has no prevent_destroy",
        )
    ]


@pytest.mark.parametrize("value", [True, "true"])
def test_force_destroy_is_denied(example: Any, value: Any) -> None:
    """force_destroy takes S3's own guard away, as a boolean or as a string."""
    example.edit(
        "cdk.tf.json",
        lambda s: s["resource"]["aws_s3_bucket"]["store_bucket"].update(force_destroy=value),
    )
    assert [control for control, _ in rules(example.findings())] == [UNPROTECTED]


@pytest.mark.parametrize(
    ("address", "before", "after", "denied"),
    [
        (LOGS, {"retention_in_days": 365}, {"retention_in_days": 7}, True),
        (LOGS, {"retention_in_days": 0}, {"retention_in_days": 365}, True),
        (LOGS, {"retention_in_days": 365}, {"retention_in_days": 0}, False),
        (LOGS, {"retention_in_days": 7}, {"retention_in_days": 365}, False),
        (
            "aws_s3_bucket_versioning.store_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
            True,
        ),
        (
            "aws_s3_bucket_lifecycle_configuration.store_lifecycle",
            {"rule": [{"expiration": []}]},
            {"rule": [{"expiration": [{"days": 1}]}]},
            True,
        ),
        (
            "aws_s3_bucket_lifecycle_configuration.store_lifecycle",
            {"rule": [{"noncurrent_version_expiration": [{"noncurrent_days": 365}]}]},
            {"rule": [{"noncurrent_version_expiration": [{"noncurrent_days": 30}]}]},
            True,
        ),
        (
            "aws_sqs_queue.work_queue",
            {"message_retention_seconds": 345600},
            {"message_retention_seconds": 60},
            True,
        ),
        ("aws_kms_key.keys_operations", {"is_enabled": True}, {"is_enabled": False}, True),
    ],
)
def test_keeping_data_less_well_is_denied(
    example: Any, address: str, before: dict[str, Any], after: dict[str, Any], denied: bool
) -> None:
    """A shorter expiry, suspended versioning or a disabled key is denied; the reverse is not."""
    example.set_change(address, actions=["update"], before=before, after=after)
    found = [control for control, _ in rules(example.findings(bound=False))]
    assert found == ([WEAKENED] if denied else [])


def test_a_retention_unknown_before_apply_is_denied(example: Any) -> None:
    """What can't be compared before apply counts as weakened."""
    example.set_change(
        "aws_cloudwatch_log_group.logs_group",
        actions=["update"],
        before={"retention_in_days": 365},
        after={},
        after_unknown={"retention_in_days": True},
    )
    ((control, message),) = rules(example.findings(bound=False))
    assert control == WEAKENED
    assert "is not known before apply" in message


def test_every_data_bearing_type_says_what_it_holds() -> None:
    """Each entry of the table has a reason, and each type is one that a provider could have."""
    for name, entry in data_bearing_types().items():
        assert entry.reason.strip()
        assert name.split("_")[0] in {"aws", "google", "azurerm", "vault"}
