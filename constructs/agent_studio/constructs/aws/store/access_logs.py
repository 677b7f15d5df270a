"""The bucket that keeps the access logs of the cell's other buckets."""

from constructs import Construct

from agent_studio.constructs.aws.policy_document import Statement, statement
from agent_studio.constructs.aws.store.bucket import Bucket
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

RETENTION_DAYS = 365
"""Days that access logs are kept."""

NONCURRENT_DAYS = 30
"""Days that a replaced or deleted log is kept."""


class AccessLogs(Construct):
    """The access logs of the cell's buckets, in the cell's own region.

    Guarantee: only S3's log delivery writes here, and only for buckets of the cell's own account;
    the bucket is private, versioned, speaks TLS 1.2 or later and no plan destroys it. It is
    encrypted with S3's own keys, since S3 delivers access logs to no bucket that has a KMS key
    (S3 User Guide, "Enabling Amazon S3 server access logging").

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        name = names.bucket(place, "access-logs")
        self.store_id = names.bucket_arn(place, "access-logs")
        """The bucket's ARN."""
        self.bucket = Bucket(
            self,
            "logs",
            name=name,
            arn=self.store_id,
            key_arn=None,
            noncurrent_days=NONCURRENT_DAYS,
            expire_days=RETENTION_DAYS,
            own_statements=[delivery(cell, self.store_id)],
        )
        """What the stores log into."""
        self.store_name = name
        """The bucket's name."""


def delivery(cell: Cell, bucket_arn: str) -> Statement:
    """Admit S3's log delivery for the cell's own buckets to a bucket of access logs."""
    return statement(
        "DeliverAccessLogs",
        principals={"Service": "logging.s3.amazonaws.com"},
        actions="s3:PutObject",
        resources=f"{bucket_arn}/*",
        condition={
            "StringEquals": {"aws:SourceAccount": cell.account.id},
            "ArnLike": {"aws:SourceArn": f"arn:{cell.scope.partition}:s3:::{cell.studio}-*"},
        },
    )
