"""A bucket as every store of a cell has it; the stores add who may do what."""

from collections.abc import Sequence

from cdktf import TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_logging import S3BucketLoggingA
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from agent_studio.constructs.aws.policy_document import Statement, document
from agent_studio.constructs.aws.store import statements
from agent_studio.constructs.aws.tags import tags

ABORT_UPLOAD_DAYS = 7
"""Days after which the parts of an upload that never ended are removed."""


class Bucket(Construct):
    """A private, versioned, encrypted bucket that speaks TLS 1.2 or later and no plan destroys.

    Args:
        scope: the store.
        id_: the bucket's id within the store.
        name: the bucket's name.
        arn: the bucket's ARN, computed, so that policies need no reference.
        key_arn: the key that encrypts it; None takes S3's own keys (SSE-S3).
        noncurrent_days: days that replaced and deleted versions are kept.
        expire_days: days that current objects are kept; None keeps them.
        access_logs: the bucket that keeps its access logs; None keeps none.
        data_class: the class of data that it holds.
        object_lock: whether versions can be locked; cannot be changed later.
        own_statements: what the store adds to the bucket's policy.
        provider: the provider of another region; None takes the stack's own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        arn: str,
        key_arn: str | None,
        noncurrent_days: int,
        expire_days: int | None = None,
        access_logs: "Bucket | None" = None,
        data_class: str | None = None,
        object_lock: bool = False,
        own_statements: Sequence[Statement] = (),
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        bucket = S3Bucket(
            self,
            "bucket",
            bucket=name,
            force_destroy=False,
            object_lock_enabled=True if object_lock else None,
            tags=tags(name, data_class),
            provider=provider,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.id = bucket.id
        blocked = S3BucketPublicAccessBlock(
            self,
            "public-access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            provider=provider,
        )
        S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=bucket.id,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
            provider=provider,
        )
        S3BucketServerSideEncryptionConfigurationA(
            self, "encryption", bucket=bucket.id, rule=[_encryption(key_arn)], provider=provider
        )
        self.versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
            provider=provider,
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=bucket.id,
            rule=_lifecycle(noncurrent_days, expire_days),
            # Rules on noncurrent versions are refused while versioning is off.
            depends_on=[self.versioning],
            provider=provider,
        )
        encrypted = () if key_arn is None else statements.only_the_key(arn, key_arn)
        self.policy = S3BucketPolicy(
            self,
            "policy",
            bucket=bucket.id,
            policy=document(*own_statements, *statements.only_tls(arn), *encrypted),
            # S3 refuses two changes to a bucket's access at the same time.
            depends_on=[blocked],
            provider=provider,
        )
        if access_logs is not None:
            S3BucketLoggingA(
                self,
                "access-logging",
                bucket=bucket.id,
                target_bucket=access_logs.id,
                target_prefix=f"{name}/",
                # S3 refuses a target that its log delivery may not write to.
                depends_on=[access_logs.policy],
                provider=provider,
            )


def _encryption(key_arn: str | None) -> S3BucketServerSideEncryptionConfigurationRuleA:
    default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
        sse_algorithm="AES256" if key_arn is None else "aws:kms", kms_master_key_id=key_arn
    )
    return S3BucketServerSideEncryptionConfigurationRuleA(
        apply_server_side_encryption_by_default=default,
        bucket_key_enabled=None if key_arn is None else True,
    )


def _lifecycle(
    noncurrent_days: int, expire_days: int | None
) -> list[S3BucketLifecycleConfigurationRule]:
    everything = [S3BucketLifecycleConfigurationRuleFilter(prefix="")]
    rules = [
        S3BucketLifecycleConfigurationRule(
            id="abandoned-uploads",
            status="Enabled",
            filter=everything,
            abort_incomplete_multipart_upload=[
                S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                    days_after_initiation=ABORT_UPLOAD_DAYS
                )
            ],
        ),
        S3BucketLifecycleConfigurationRule(
            id="noncurrent-versions",
            status="Enabled",
            filter=everything,
            noncurrent_version_expiration=[
                S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                    noncurrent_days=noncurrent_days
                )
            ],
        ),
    ]
    if expire_days is not None:
        rules.append(
            S3BucketLifecycleConfigurationRule(
                id="expiry",
                status="Enabled",
                filter=everything,
                expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=expire_days)],
            )
        )
    return rules
