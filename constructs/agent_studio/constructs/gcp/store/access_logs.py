"""The bucket that keeps the access logs of the cell's other buckets."""

from constructs import Construct

from agent_studio.constructs.gcp.keys import OPERATIONS, CellKeys
from agent_studio.constructs.gcp.store.bucket import Bucket
from agent_studio.estate.model import Cell

RETENTION_DAYS = 365
"""Days that access logs are kept."""

NONCURRENT_DAYS = 30
"""Days that a replaced or deleted log is kept."""

DELIVERY = "group:cloud-storage-analytics@google.com"
"""Who writes usage logs (Cloud Storage, "Usage logs & storage logs")."""


class AccessLogs(Construct):
    """The access logs of the cell's buckets, in the cell's own region.

    Guarantee: the bucket's own policy lets Cloud Storage's log delivery add objects, and nobody
    else do anything. It is encrypted with the operations key, private, versioned, and no plan
    destroys it.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        self.bucket = Bucket(
            self,
            "logs",
            place=cell.scope,
            purpose="access-logs",
            key_id=keys.key_id(OPERATIONS),
            noncurrent_days=NONCURRENT_DAYS,
            expire_days=RETENTION_DAYS,
        )
        """What the stores log into."""
        self.bucket.grant("roles/storage.objectCreator", DELIVERY)
        self.store_id: str = self.bucket.name
        """The bucket's name."""
