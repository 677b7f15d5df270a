"""An account's audit trail."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudtrail import Cloudtrail
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from agent_studio.constructs.aws.account.bucket import SealedBucket, access_log_delivery
from agent_studio.constructs.aws.policy_document import (
    Statement,
    document,
    service_trust,
    statement,
)
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

_SERVICE = "cloudtrail.amazonaws.com"
_LOCK_DAYS = 365
_EXPIRE_DAYS = 731
_LOG_GROUP_DAYS = 365


class AccountTrail(Construct):
    """The audit trail of one account.

    Guarantee: every management call in every region of the account is recorded, encrypted with the
    given key, signed by CloudTrail's digests and locked for a year; no plan destroys the trail or
    what it has written.

    The trail lies in the account itself: without rights in an organization there is no other place
    that an account's own stack could write to. Its files are validated by CloudTrail's digests and
    locked by S3; a copy goes to a log group for the alarms. Calls on objects (data events) are not
    in it: each store keeps access logs of its own.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        key_arn: the key of the trail, its bucket and its log group; its policy has `key_use`.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, key_arn: str) -> None:
        super().__init__(scope, id_)
        name = names.label(place, "trail", limit=128)
        self.log_name = names.log_group(place, "trail")
        """The computed name of the log group that receives the trail."""
        group_arn = names.log_group_arn(place, "trail")
        kept = TerraformResourceLifecycle(prevent_destroy=True)

        access_logs = SealedBucket(
            self,
            "access-logs",
            place=place,
            purpose="access-logs",
            key_arn=None,
            access_logs=None,
            expire_days=_EXPIRE_DAYS,
            statements=[access_log_delivery(place, "access-logs")],
        )
        bucket = SealedBucket(
            self,
            "store",
            place=place,
            purpose="trail",
            key_arn=key_arn,
            access_logs=access_logs.bucket,
            lock_days=_LOCK_DAYS,
            expire_days=_EXPIRE_DAYS,
            statements=_delivery(place),
        )
        self.log_group = CloudwatchLogGroup(
            self,
            "log-group",
            name=self.log_name,
            retention_in_days=_LOG_GROUP_DAYS,
            kms_key_id=key_arn,
            tags=tags(self.log_name),
            lifecycle=kept,
        )
        role_name = names.role(place, "trail")
        role = IamRole(
            self,
            "role",
            name=role_name,
            description="CloudTrail writes the trail to its log group.",
            assume_role_policy=service_trust(
                _SERVICE, source_account=place.account_id, source_arn=trail_arn(place)
            ),
            tags=tags(role_name),
        )
        writes = IamRolePolicy(
            self,
            "role-policy",
            name="write-log-group",
            role=role.name,
            policy=document(
                statement(
                    "WriteLogGroup",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=f"{group_arn}:log-stream:{place.account_id}_CloudTrail_*",
                )
            ),
        )
        Cloudtrail(
            self,
            "trail",
            name=name,
            s3_bucket_name=bucket.id,
            kms_key_id=key_arn,
            enable_logging=True,
            enable_log_file_validation=True,
            include_global_service_events=True,
            is_multi_region_trail=True,
            cloud_watch_logs_group_arn=f"{self.log_group.arn}:*",
            cloud_watch_logs_role_arn=role.arn,
            tags=tags(name),
            lifecycle=kept,
            depends_on=[bucket.policy, writes],
        )


def trail_arn(place: Scope) -> str:
    """ARN of the account's trail, computed."""
    name = names.label(place, "trail", limit=128)
    return f"arn:{place.partition}:cloudtrail:{place.region}:{place.account_id}:trail/{name}"


def key_use(place: Scope) -> list[Statement]:
    """Let CloudTrail encrypt this one trail (CloudTrail User Guide, "KMS key policies")."""
    any_trail = f"arn:{place.partition}:cloudtrail:*:{place.account_id}:trail/*"
    principal = {"Service": _SERVICE}
    only_this = {"aws:SourceArn": trail_arn(place)}
    return [
        statement(
            "TrailEncrypts",
            actions="kms:GenerateDataKey*",
            principals=principal,
            condition={
                "StringEquals": only_this,
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": any_trail},
            },
        ),
        statement(
            "TrailDescribes",
            actions="kms:DescribeKey",
            principals=principal,
            condition={"StringEquals": only_this},
        ),
    ]


def _delivery(place: Scope) -> list[Statement]:
    bucket_arn = names.bucket_arn(place, "trail")
    only_this = {"aws:SourceArn": trail_arn(place)}
    return [
        statement(
            "TrailChecks",
            actions="s3:GetBucketAcl",
            resources=bucket_arn,
            principals={"Service": _SERVICE},
            condition={"StringEquals": only_this},
        ),
        statement(
            "TrailWrites",
            actions="s3:PutObject",
            resources=f"{bucket_arn}/AWSLogs/{place.account_id}/*",
            principals={"Service": _SERVICE},
            condition={"StringEquals": {**only_this, "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    ]
