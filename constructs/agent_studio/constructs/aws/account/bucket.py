"""A private bucket that belongs to no cell: the account's trail, the core's access logs."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.s3_bucket_object_lock_configuration import (
    S3BucketObjectLockConfigurationA,
    S3BucketObjectLockConfigurationRuleA,
    S3BucketObjectLockConfigurationRuleDefaultRetentionA,
)
from constructs import Construct

from agent_studio.constructs.aws.policy_document import Statement, statement
from agent_studio.constructs.aws.store.bucket import Bucket
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

_NONCURRENT_DAYS = 90


class SealedBucket(Construct):
    """A bucket for logs and records, with a lock on its objects where one is asked for.

    Guarantee: the bucket is private, versioned, encrypted, reached over TLS alone and never
    destroyed by a plan. With `lock_days`, every object is locked in governance mode for that long,
    and the bucket's policy denies everyone the permission to bypass the lock.

    Compliance mode is not used: a wrong term could then be undone by closing the account alone.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: where the bucket lies; its name comes from it.
        purpose: what the bucket is for, in kebab case.
        key_arn: the key that encrypts objects; None takes S3's own keys, which the targets of
            access logs need (S3 User Guide, "Enabling Amazon S3 server access logging").
        access_logs: the bucket that keeps its access logs; None keeps none.
        lock_days: how long an object cannot be changed or deleted, in days; None for no lock.
        expire_days: after how many days objects expire.
        statements: who may write, besides what IAM policies of the account grant.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        purpose: str,
        key_arn: str | None,
        access_logs: Bucket | None,
        expire_days: int,
        lock_days: int | None = None,
        statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.store_name = names.bucket(place, purpose)
        """The bucket's computed name."""
        self.store_id = names.bucket_arn(place, purpose)
        """The bucket's computed ARN."""
        sealed = [] if lock_days is None else [_no_bypass(self.store_id)]
        bucket = Bucket(
            self,
            "store",
            name=self.store_name,
            arn=self.store_id,
            key_arn=key_arn,
            noncurrent_days=_NONCURRENT_DAYS,
            expire_days=expire_days,
            access_logs=access_logs,
            object_lock=lock_days is not None,
            own_statements=[*sealed, *statements],
        )
        if lock_days is not None:
            S3BucketObjectLockConfigurationA(
                self,
                "lock",
                bucket=bucket.id,
                rule=S3BucketObjectLockConfigurationRuleA(
                    default_retention=S3BucketObjectLockConfigurationRuleDefaultRetentionA(
                        mode="GOVERNANCE", days=lock_days
                    )
                ),
                depends_on=[bucket.versioning],
            )
        self.bucket = bucket
        """The bucket, for others to log into."""
        self.policy = bucket.policy
        """What a service that tests its access at creation has to wait for."""
        self.id: str = bucket.id
        """The bucket's name as a token, so that users of it wait for it."""


def access_log_delivery(place: Scope, purpose: str) -> Statement:
    """Let S3 deliver server access logs of the account's own buckets into one bucket."""
    return statement(
        "AccessLogs",
        actions="s3:PutObject",
        resources=f"{names.bucket_arn(place, purpose)}/*",
        principals={"Service": "logging.s3.amazonaws.com"},
        condition={"StringEquals": {"aws:SourceAccount": place.account_id}},
    )


def _no_bypass(bucket_arn: str) -> Statement:
    return statement(
        "NoBypassOfLock",
        effect="Deny",
        actions=[
            "s3:BypassGovernanceRetention",
            "s3:PutObjectLegalHold",
            "s3:PutObjectRetention",
        ],
        resources=f"{bucket_arn}/*",
        principals="*",
    )
