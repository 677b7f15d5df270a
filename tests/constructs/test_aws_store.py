"""What a store refuses, read off the synthesized bucket policies."""

import fnmatch
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.aws_cells import COLLECTOR, Stack, cell, runtime, statements, synthesized

from agent_studio.estate import Cell, DataClass, Residency
from agent_studio.estate.catalogue.lookup import find_region
from agent_studio.estate.errors import StudioError

ROLES = [f"arn:aws:iam::222222222222:role/acme-studio-{role}" for role in ("plan", "apply")]
RESTRICTED = DataClass(
    name="restricted", residency=Residency.REGION, crossing=None, retention_days=30
)


def stack() -> Stack:
    """A cell with two runtimes."""
    return synthesized(runtime(), COLLECTOR)


def policy(path: str) -> dict[str, dict[str, Any]]:
    """The statements of one bucket's policy, by id."""
    return statements(stack().at("aws_s3_bucket_policy", path)["policy"])


def test_every_bucket_of_a_cell_is_closed_and_kept() -> None:
    """Each bucket is private, owned by its owner, versioned, and outlives a plan."""
    buckets = set(stack().of("aws_s3_bucket"))
    assert len(buckets) == 6
    for kind, expected in {
        "aws_s3_bucket_public_access_block": {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
        "aws_s3_bucket_ownership_controls": {"rule": {"object_ownership": "BucketOwnerEnforced"}},
        "aws_s3_bucket_versioning": {"versioning_configuration": {"status": "Enabled"}},
    }.items():
        found = stack().of(kind)
        assert len(found) == len(buckets), kind
        for each in found.values():
            assert {name: each[name] for name in expected} == expected
    for each in stack().of("aws_s3_bucket").values():
        assert each["lifecycle"] == {"prevent_destroy": True}
        assert each["force_destroy"] is False


def test_every_bucket_speaks_new_tls_alone() -> None:
    """Each bucket's policy refuses plain HTTP and TLS before 1.2 to everyone."""
    for each in stack().of("aws_s3_bucket_policy").values():
        found = statements(each["policy"])
        for sid, condition in {
            "DenyPlainHttp": {"Bool": {"aws:SecureTransport": ["false"]}},
            "DenyOldTls": {"NumericLessThan": {"s3:TlsVersion": ["1.2"]}},
        }.items():
            assert found[sid]["Effect"] == "Deny"
            assert found[sid]["Principal"] == "*"
            assert found[sid]["Action"] == ["s3:*"]
            assert found[sid]["Condition"] == condition


def test_objects_are_reached_from_the_cells_network_alone() -> None:
    """Nobody reads, writes or deletes an object from outside the VPC, Terraform's roles neither."""
    denied = policy("store-personal/store/policy")["DenyObjectsFromOutside"]
    assert denied["Effect"] == "Deny"
    assert denied["Principal"] == "*"
    (vpc,) = denied["Condition"]["StringNotEquals"]["aws:SourceVpc"]
    assert vpc.startswith("${aws_vpc.network_")
    assert set(denied["Condition"]) == {"StringNotEquals"}
    for action in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"):
        assert any(fnmatch.fnmatch(action, pattern) for pattern in denied["Action"])


@pytest.mark.parametrize(
    "action",
    [
        "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:PutBucketVersioning",
        "s3:GetBucketTagging",
    ],
)
def test_terraform_is_not_locked_out(action: str) -> None:
    """No statement denies a management call over new TLS, and Terraform's roles may list."""
    found = policy("store-personal/store/policy")
    for sid, each in found.items():
        if sid not in {"DenyPlainHttp", "DenyOldTls"}:
            assert not any(fnmatch.fnmatch(action, pattern) for pattern in each["Action"]), sid
    listing = found["DenyListsFromOutside"]["Condition"]
    assert listing["ArnNotEquals"] == {"aws:PrincipalArn": ROLES}


def test_uploads_take_the_buckets_key_or_none() -> None:
    """An upload that names another algorithm, another key, no key or its own key is refused."""
    found = policy("store-personal/store/policy")
    key = found["DenyOtherKey"]["Condition"]
    named = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    (arn,) = key["StringNotEquals"][named]
    assert arn.startswith("${aws_kms_key.keys_class-personal_")
    # Without it the denial would also hit uploads that leave the choice to the bucket.
    assert key["Null"] == {named: ["false"]}
    assert {"DenyOtherEncryption", "DenyUnnamedKey", "DenyCustomerKey"} <= set(found)


def test_replaced_versions_go_after_the_classs_retention(
    stack_of: Callable[[Cell], Stack],
) -> None:
    """A class's retention in days is how long its store keeps replaced versions."""
    holder = cell(runtime(data_classes=(RESTRICTED,)))
    rules = stack_of(holder).at(
        "aws_s3_bucket_lifecycle_configuration", "store-restricted/store/lifecycle"
    )["rule"]
    days = [
        each["noncurrent_version_expiration"] for each in rules if each["id"].startswith("noncurr")
    ]
    assert days == [[{"noncurrent_days": 30}]]


def test_the_archive_locks_what_it_takes_in() -> None:
    """The log archive locks every version for a year, and nobody may bypass or shorten a lock."""
    lock = stack().at("aws_s3_bucket_object_lock_configuration", "logs/archive/store/lock")
    assert lock["rule"] == {"default_retention": {"mode": "GOVERNANCE", "days": 365}}
    bucket = stack().at("aws_s3_bucket", "logs/archive/store/store/bucket")
    assert bucket["object_lock_enabled"] is True
    denied = policy("logs/archive/store/store/policy")["DenyUnlocking"]
    assert denied["Principal"] == "*"
    assert {"s3:BypassGovernanceRetention", "s3:PutObjectRetention"} <= set(denied["Action"])
    assert "Condition" not in denied


def test_only_log_delivery_for_this_account_writes_access_logs() -> None:
    """The access-log bucket admits S3's delivery for the account's own buckets, and no one else."""
    found = policy("access-logs/logs/policy")
    allowing = [each for each in found.values() if each["Effect"] == "Allow"]
    assert [each["Principal"] for each in allowing] == [{"Service": ["logging.s3.amazonaws.com"]}]
    assert allowing[0]["Condition"]["StringEquals"] == {"aws:SourceAccount": ["222222222222"]}


def test_a_store_logs_access_once_its_target_admits_it() -> None:
    """Access logging waits for the log bucket's policy, without which S3 refuses the target."""
    for path, each in stack().of("aws_s3_bucket_logging").items():
        waits = " ".join(each["depends_on"])
        assert "aws_s3_bucket_policy.access-logs_" in waits, path


def replicating(data_class: DataClass, region: str) -> Cell:
    """A cell that asks for a copy of one class in another region."""
    target = find_region(region)
    assert target is not None
    holder = cell(runtime(data_classes=(data_class,)))
    return replace(holder, replicate={data_class.name: target})


def test_nothing_is_copied_unless_the_estate_asks() -> None:
    """Without `replicate` no store has a copy and the stack knows one region."""
    assert not stack().of("aws_s3_bucket_replication_configuration")
    assert len(stack().document["provider"]["aws"]) == 1


def test_a_copy_is_made_where_the_estate_asks(stack_of: Callable[[Cell], Stack]) -> None:
    """A replicated class has a logged bucket and a key in the other region, under the same role."""
    wide = replace(RESTRICTED, name="wide", residency=Residency.JURISDICTION)
    made = stack_of(replicating(wide, "aws/eu-central-1"))
    own, other = made.document["provider"]["aws"]
    assert other["alias"] == other["region"] == "eu-central-1"
    for same in ("allowed_account_ids", "assume_role", "default_tags"):
        assert other[same] == own[same]
    copy = made.at("aws_s3_bucket", "store-wide/replica/bucket/bucket")
    assert copy["provider"] == "aws.eu-central-1"
    assert made.at("aws_kms_key", "store-wide/replica/key")["provider"] == "aws.eu-central-1"
    logging = made.at("aws_s3_bucket_logging", "store-wide/replica/bucket/access-logging")
    assert "store-wide_replica_access-logs_bucket" in logging["target_bucket"]
    assert logging["provider"] == "aws.eu-central-1"
    rule = made.at("aws_s3_bucket_replication_configuration", "store-wide/replica/replication")
    assert rule["rule"][0]["destination"]["bucket"] == f"arn:aws:s3:::{copy['bucket']}"


@pytest.mark.parametrize(
    ("residency", "allowed"),
    [(Residency.REGION, "region: aws/eu-west-1"), (Residency.JURISDICTION, "jurisdiction: EU")],
)
def test_a_copy_that_residency_forbids_is_refused(
    residency: Residency, allowed: str, stack_of: Callable[[Cell], Stack]
) -> None:
    """The store refuses a copy that leaves the class's region or jurisdiction, whoever asks."""
    bound = replace(RESTRICTED, residency=residency)
    with pytest.raises(StudioError) as refused:
        stack_of(replicating(bound, "aws/us-east-2"))
    assert refused.value.line == (
        "cell aws-eu-west-1-payments-eu may not replicate data of class restricted; "
        f"found aws/us-east-2 (US); allowed: {allowed}; "
        "fix: remove restricted from the cell's replicate"
    )
