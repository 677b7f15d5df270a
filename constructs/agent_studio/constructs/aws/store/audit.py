"""A store whose objects nobody can change or delete before their time."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.s3_bucket_object_lock_configuration import (
    S3BucketObjectLockConfigurationA,
    S3BucketObjectLockConfigurationRuleA,
    S3BucketObjectLockConfigurationRuleDefaultRetentionA,
)
from constructs import Construct

from agent_studio.constructs.aws.keys import OPERATIONS, CellKeys
from agent_studio.constructs.aws.policy_document import Statement, statement
from agent_studio.constructs.aws.store.access_logs import AccessLogs
from agent_studio.constructs.aws.store.bucket import Bucket
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

MINIMUM_DAYS = 365
"""The shortest time that audit data is kept, in days."""


class AuditStore(Construct):
    """A write-once bucket for audit data, in the cell's own region.

    Guarantee: every version is locked for the longest retention of the cell's data classes and at
    least a year, and the bucket's policy refuses everyone the permission to bypass or shorten a
    lock. (Governance mode: in compliance mode personal data that reached a log by mistake could
    not be erased by anyone before its time, and a wrong term only by closing the account.) The
    bucket is encrypted with the operations key, versioned, private, access-logged, speaks TLS 1.2
    or later and no plan destroys it.

    Args:
        scope: the cell's stack, or the block that writes to the store.
        id_: the block's id.
        cell: the cell.
        keys: the cell's keys.
        access_logs: where access to it is logged.
        purpose: what the store keeps, as a short noun; part of its name.
        own_statements: what the writer adds to the bucket's policy.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        access_logs: AccessLogs,
        purpose: str = "audit",
        own_statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        self.store_name = names.bucket(place, purpose)
        """The bucket's name."""
        self.store_id = names.bucket_arn(place, purpose)
        """The bucket's ARN."""
        self.retention_days = retention_days(cell)
        """Days for which a version is locked."""
        sealed = statement(
            "DenyUnlocking",
            effect="Deny",
            principals="*",
            actions=(
                "s3:BypassGovernanceRetention",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
            ),
            resources=f"{self.store_id}/*",
        )
        bucket = Bucket(
            self,
            "store",
            name=self.store_name,
            arn=self.store_id,
            key_arn=keys.key_id(OPERATIONS),
            # Versions go once their lock has ended; until then S3 keeps them whatever this says.
            noncurrent_days=1,
            expire_days=self.retention_days,
            access_logs=access_logs.bucket,
            object_lock=True,
            own_statements=[sealed, *own_statements],
        )
        self.lock = S3BucketObjectLockConfigurationA(
            self,
            "lock",
            bucket=bucket.id,
            rule=S3BucketObjectLockConfigurationRuleA(
                default_retention=S3BucketObjectLockConfigurationRuleDefaultRetentionA(
                    mode="GOVERNANCE", days=self.retention_days
                )
            ),
            depends_on=[bucket.versioning],
        )
        """What a writer depends on: nothing is written before it would be locked."""


def retention_days(cell: Cell) -> int:
    """Give the days for which the cell keeps its logs and audit data."""
    return max([MINIMUM_DAYS, *(each.retention_days for each in cell.data_classes)])
