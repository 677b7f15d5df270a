"""From the log groups to the write-once archive."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.cloudwatch_log_stream import CloudwatchLogStream
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.kinesis_firehose_delivery_stream import (
    KinesisFirehoseDeliveryStream,
    KinesisFirehoseDeliveryStreamExtendedS3Configuration,
    KinesisFirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptions,
    KinesisFirehoseDeliveryStreamServerSideEncryption,
)
from constructs import Construct

from agent_studio.constructs.aws.keys import OPERATIONS, CellKeys
from agent_studio.constructs.aws.logs.retention import log_group_days
from agent_studio.constructs.aws.policy_document import document, service_trust, statement
from agent_studio.constructs.aws.store.access_logs import AccessLogs
from agent_studio.constructs.aws.store.audit import AuditStore
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

BUFFER_SECONDS = 300
"""How long Firehose gathers records before it writes an object."""

BUFFER_MIB = 64
"""How much Firehose gathers, in MiB: 1 to 128 (Firehose API, BufferingHints)."""


class Archive(Construct):
    """A stream that writes into a write-once bucket, and the role under which logs enter it.

    Args:
        scope: the pipeline.
        id_: the id within the pipeline.
        cell: the cell.
        keys: the cell's keys.
        access_logs: where access to the archive is logged.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, access_logs: AccessLogs
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        key_arn = keys.key_id(OPERATIONS)
        self.store = AuditStore(
            self, "store", cell=cell, keys=keys, access_logs=access_logs, purpose="log-archive"
        )
        stream_name = names.label(place, "logs", limit=64)
        stream_arn = (
            f"arn:{place.partition}:firehose:{place.region}:{place.account_id}"
            f":deliverystream/{stream_name}"
        )
        errors_name = names.log_group(place, "log-archive-errors")
        errors = CloudwatchLogGroup(
            self,
            "errors",
            name=errors_name,
            retention_in_days=log_group_days(self.store.retention_days),
            kms_key_id=key_arn,
            tags=tags(errors_name),
        )
        failures = CloudwatchLogStream(
            self, "failures", name="delivery", log_group_name=errors.name
        )
        role_name = names.role(place, "log-archive")
        role = IamRole(
            self,
            "role",
            name=role_name,
            assume_role_policy=service_trust(
                "firehose.amazonaws.com", source_account=place.account_id, source_arn=stream_arn
            ),
            tags=tags(role_name),
        )
        permissions = IamRolePolicy(
            self,
            "permissions",
            name="archive",
            role=role.id,
            policy=self._write(key_arn, names.log_group_arn(place, "log-archive-errors")),
        )
        self.stream = KinesisFirehoseDeliveryStream(
            self,
            "stream",
            name=stream_name,
            destination="extended_s3",
            server_side_encryption=KinesisFirehoseDeliveryStreamServerSideEncryption(
                enabled=True, key_type="CUSTOMER_MANAGED_CMK", key_arn=key_arn
            ),
            extended_s3_configuration=KinesisFirehoseDeliveryStreamExtendedS3Configuration(
                role_arn=role.arn,
                bucket_arn=self.store.store_id,
                kms_key_arn=key_arn,
                prefix="logs/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/",
                error_output_prefix="failed/!{firehose:error-output-type}/",
                buffering_interval=BUFFER_SECONDS,
                buffering_size=BUFFER_MIB,
                # CloudWatch Logs hands records over gzipped already.
                compression_format="UNCOMPRESSED",
                cloudwatch_logging_options=(
                    KinesisFirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptions(
                        enabled=True,
                        log_group_name=errors.name,
                        log_stream_name=failures.name,
                    )
                ),
            ),
            tags=tags(stream_name),
            depends_on=[permissions, self.store.lock],
        )
        feed_name = names.role(place, "log-feed")
        self.feed_role = IamRole(
            self,
            "feed-role",
            name=feed_name,
            assume_role_policy=service_trust(
                f"logs.{place.region}.amazonaws.com",
                source_account=place.account_id,
                source_arn=names.log_group_arn(place, "*"),
            ),
            tags=tags(feed_name),
        )
        self.feed_permissions = IamRolePolicy(
            self,
            "feed-permissions",
            name="feed",
            role=self.feed_role.id,
            policy=document(
                statement(
                    "FeedTheStream",
                    actions=("firehose:PutRecord", "firehose:PutRecordBatch"),
                    resources=self.stream.arn,
                )
            ),
        )

    def _write(self, key_arn: str, errors_arn: str) -> str:
        """Source: Firehose Developer Guide, "Grant Firehose access to an Amazon S3 destination"."""
        bucket = self.store.store_id
        return document(
            statement(
                "WriteObjects",
                actions=(
                    "s3:AbortMultipartUpload",
                    "s3:GetBucketLocation",
                    "s3:GetObject",
                    "s3:ListBucket",
                    "s3:ListBucketMultipartUploads",
                    "s3:PutObject",
                ),
                resources=[bucket, f"{bucket}/*"],
            ),
            statement("Encrypt", actions=("kms:Decrypt", "kms:GenerateDataKey"), resources=key_arn),
            statement("LogErrors", actions="logs:PutLogEvents", resources=f"{errors_arn}:*"),
        )
