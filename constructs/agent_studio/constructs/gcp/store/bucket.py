"""A bucket as every block wants it: private, encrypted, kept.

Sources: Cloud Storage, "Bucket locations", "Uniform bucket-level access", "Public access
prevention", "Soft delete" (7 to 90 days), "Object Lifecycle Management", "Usage logs & storage
logs".
"""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.storage_bucket import (
    StorageBucket,
    StorageBucketEncryption,
    StorageBucketLifecycleRule,
    StorageBucketLifecycleRuleAction,
    StorageBucketLifecycleRuleCondition,
    StorageBucketLogging,
    StorageBucketRetentionPolicy,
    StorageBucketSoftDeletePolicy,
    StorageBucketVersioning,
)
from cdktf_cdktf_provider_google.storage_bucket_iam_policy import StorageBucketIamPolicy
from constructs import Construct

from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

DAY_SECONDS = 24 * 3600

SOFT_DELETE_DAYS = (7, 90)
"""The shortest and the longest term of soft delete."""

ABORT_UPLOAD_DAYS = 7
"""Days after which an upload that was never finished is removed."""


class Bucket(Construct):
    """A bucket in the stack's region, with its whole access policy.

    Args:
        scope: the block that owns it.
        id_: the bucket's id within the block.
        place: the stack's place.
        purpose: what the bucket's name is made of.
        key_id: the key that encrypts objects which name none.
        noncurrent_days: days that a replaced or deleted version is kept; None where a retention
            policy holds every object instead, beside which no versions are kept.
        access_logs: the bucket that access is logged into; None for that bucket itself.
        expire_days: days after which objects end; None keeps them.
        locked_days: days for which every object is locked, for good; None locks none.
        data_class: the class of data that it holds.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        key_id: str,
        noncurrent_days: int | None,
        access_logs: "Bucket | None" = None,
        expire_days: int | None = None,
        locked_days: int | None = None,
        data_class: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._access = Access()
        bucket = StorageBucket(
            self,
            "bucket",
            name=names.bucket(place, purpose),
            location=place.region,
            storage_class="STANDARD",
            force_destroy=False,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption=StorageBucketEncryption(default_kms_key_name=key_id),
            versioning=StorageBucketVersioning(enabled=noncurrent_days is not None),
            soft_delete_policy=StorageBucketSoftDeletePolicy(
                retention_duration_seconds=soft_delete_days(noncurrent_days) * DAY_SECONDS
            ),
            retention_policy=(
                StorageBucketRetentionPolicy(
                    retention_period=locked_days * DAY_SECONDS, is_locked=True
                )
                if locked_days is not None
                else None
            ),
            lifecycle_rule=_rules(noncurrent_days, expire_days),
            logging=(
                StorageBucketLogging(log_bucket=access_logs.name, log_object_prefix=purpose)
                if access_logs is not None
                else None
            ),
            labels=labels(purpose, data_class),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.name: str = bucket.name
        """The bucket's name, as a reference."""
        self.policy = StorageBucketIamPolicy(
            self, "access", bucket=bucket.name, policy_data=self._access.document()
        )
        """What depends on the bucket's roles waits for."""
        self._access.hold(self.policy)

    def grant(self, role: str, *members: str) -> None:
        """Give a role on the bucket to members."""
        self._access.grant(role, members)


def soft_delete_days(noncurrent_days: int | None) -> int:
    """Give the days for which a deleted object can be brought back.

    >>> [soft_delete_days(days) for days in (None, 1, 30, 365)]
    [7, 7, 30, 90]
    """
    shortest, longest = SOFT_DELETE_DAYS
    return min(max(noncurrent_days or shortest, shortest), longest)


def _rules(
    noncurrent_days: int | None, expire_days: int | None
) -> list[StorageBucketLifecycleRule]:
    def rule(
        action: str, condition: StorageBucketLifecycleRuleCondition
    ) -> StorageBucketLifecycleRule:
        return StorageBucketLifecycleRule(
            action=StorageBucketLifecycleRuleAction(type=action), condition=condition
        )

    rules = [
        rule(
            "AbortIncompleteMultipartUpload",
            StorageBucketLifecycleRuleCondition(age=ABORT_UPLOAD_DAYS),
        )
    ]
    if noncurrent_days is not None:
        rules.append(
            rule(
                "Delete",
                StorageBucketLifecycleRuleCondition(
                    days_since_noncurrent_time=noncurrent_days, with_state="ARCHIVED"
                ),
            )
        )
    if expire_days is not None:
        rules.append(
            rule("Delete", StorageBucketLifecycleRuleCondition(age=expire_days, with_state="LIVE"))
        )
    return rules
