"""How bad a drift is, from what kind of resource and which attributes it touches."""

from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase


class Severity(StrEnum):
    """How bad a drift is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Position in the order worst first; 0 is the worst."""
        return list(Severity).index(self)


_ACCESS = (
    "aws_iam_*",
    "aws_kms_*",
    "aws_*_policy",
    "aws_security_group*",
    "aws_default_security_group",
    "aws_vpc_security_group_*",
    "aws_network_acl*",
    "aws_default_network_acl",
    "aws_s3_bucket_public_access_block",
    "aws_s3_account_public_access_block",
    "aws_s3_bucket_ownership_controls",
    "aws_networkfirewall_*",
    "aws_route53_resolver_firewall_*",
    "aws_vpc_endpoint*",
    "aws_cloudtrail",
    "aws_accessanalyzer_*",
)
"""Types that decide who may reach what, or that watch over it."""

_DATA = (
    "aws_s3_bucket",
    "aws_s3_bucket_object_lock_configuration",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_replication_configuration",
    "aws_db_*",
    "aws_rds_*",
    "aws_dynamodb_table",
    "aws_cloudwatch_log_group",
    "aws_kinesis_firehose_delivery_stream",
)
"""Types that hold data, or that decide how it is kept and where it goes."""

_HARMLESS = ("tags", "tags_all", "description")


def severity_of(type_: str, paths: Sequence[str], *, deleted: bool) -> Severity:
    """Grade one drifted resource.

    Args:
        type_: its Terraform type.
        paths: the attributes that differ.
        deleted: whether it is gone.

    >>> severity_of("aws_kms_key", ("policy",), deleted=False).value
    'critical'
    >>> severity_of("aws_sqs_queue", ("tags.Name",), deleted=False).value
    'low'
    """
    if not deleted and all(_root(path) in _HARMLESS for path in paths):
        return Severity.LOW
    if _matches(type_, _ACCESS):
        return Severity.CRITICAL
    if _matches(type_, _DATA):
        return Severity.CRITICAL if deleted else Severity.HIGH
    return Severity.HIGH if deleted else Severity.MEDIUM


def _root(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]


def _matches(type_: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(type_, pattern) for pattern in patterns)
