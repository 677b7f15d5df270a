"""A customer-managed key that belongs to no cell."""

from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from agent_studio.constructs.aws.policy_document import Statement, document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

_DELETION_WINDOW_DAYS = 30
"""KMS ScheduleKeyDeletion: 7 to 30 days; the longest, since a deleted key deletes its data."""


class ManagedKey(Construct):
    """A key of the account's own.

    Guarantee: the key is single-region, rotates each year, cannot be destroyed by a plan and, once
    scheduled for deletion by hand, can be kept for 30 days.

    Its policy lets the account administer it (KMS Developer Guide, "Default key policy": without
    that statement a key can become unmanageable) and admits nobody but the given statements.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: where the key lies; its alias comes from it.
        purpose: what the key is for, in kebab case; ends the alias.
        statements: who may use the key, and under which conditions.
        provider: the region's provider where it is not the stack's own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        statements: Sequence[Statement] = (),
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        alias = names.key_alias(place, purpose)
        key = KmsKey(
            self,
            "key",
            description=f"{place.studio}: {purpose} of {place.stack}",
            enable_key_rotation=True,
            deletion_window_in_days=_DELETION_WINDOW_DAYS,
            policy=document(administration(place), *statements),
            tags=tags(alias),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            provider=provider,
        )
        KmsAlias(self, "alias", name=alias, target_key_id=key.key_id, provider=provider)
        self.arn: str = key.arn
        """The key's ARN, a token."""
        self.dependable: ITerraformDependable = key


def administration(place: Scope) -> Statement:
    """Let the account's own IAM policies decide who administers and uses a key."""
    return statement(
        "AccountAdministers",
        actions="kms:*",
        principals={"AWS": f"arn:{place.partition}:iam::{place.account_id}:root"},
    )


def log_service_use(place: Scope, *group_arns: str) -> Statement:
    """Let CloudWatch Logs encrypt the named log groups (CloudWatch Logs User Guide, KMS)."""
    return statement(
        "LogGroups",
        actions=[
            "kms:Encrypt*",
            "kms:Decrypt*",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:Describe*",
        ],
        principals={"Service": f"logs.{place.region}.amazonaws.com"},
        condition={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": list(group_arns)}},
    )


def publisher_use(place: Scope, *services: str) -> Statement:
    """Let services of the account publish to topics and queues that the key encrypts."""
    return statement(
        "Publishers",
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        principals={"Service": sorted(services)},
        condition={"StringEquals": {"aws:SourceAccount": place.account_id}},
    )
