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
    "google_*_iam_*",
    "google_iam_*",
    "google_binary_authorization_*",
    "google_compute_*firewall*",
    "google_compute_route*",
    "google_dns_*",
    "google_kms_*",
    "google_network_security_*",
    "google_org_policy_*",
    "google_service_account*",
    "azurerm_federated_identity_credential",
    "azurerm_firewall*",
    "azurerm_key_vault*",
    "azurerm_network_security_*",
    "azurerm_private_*",
    "azurerm_role_*",
    "azurerm_route*",
    "azurerm_subnet*",
    "azurerm_subscription_policy_*",
    "azurerm_user_assigned_identity",
    "vault_*",
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
    "google_artifact_registry_repository",
    "google_logging_*",
    "google_pubsub_*",
    "google_secret_manager_*",
    "google_sql_*",
    "google_storage_bucket",
    "azurerm_container_registry",
    "azurerm_log_analytics_*",
    "azurerm_monitor_diagnostic_setting",
    "azurerm_servicebus_*",
    "azurerm_storage_*",
)
"""Types that hold data, or that decide how it is kept and where it goes."""

_EXPOSING = frozenset(
    {
        "admin_enabled",
        "allow_nested_items_to_be_public",
        "deletion_protection",
        "external_enabled",
        "ingress",
        "internal_load_balancer_enabled",
        "local_auth_enabled",
        "network_rules",
        "public_access_prevention",
        "public_network_access_enabled",
        "publicly_accessible",
        "shared_access_key_enabled",
        "uniform_bucket_level_access",
    }
)
"""Arguments that open a thing to whoever finds it, or guard its existence, whatever its type."""

_HARMLESS = (
    "tags",
    "tags_all",
    "description",
    "labels",
    "effective_labels",
    "terraform_labels",
    "user_labels",
)
"""Arguments that tell people something, and decide nothing."""


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
    >>> severity_of("google_storage_bucket", ("public_access_prevention",), deleted=False).value
    'critical'
    """
    if not deleted and all(_root(path) in _HARMLESS for path in paths):
        return Severity.LOW
    if _matches(type_, _ACCESS) or any(_root(path) in _EXPOSING for path in paths):
        return Severity.CRITICAL
    if _matches(type_, _DATA):
        return Severity.CRITICAL if deleted else Severity.HIGH
    return Severity.HIGH if deleted else Severity.MEDIUM


def _root(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]


def _matches(type_: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(type_, pattern) for pattern in patterns)
