"""A store whose objects nobody can change or delete before their time."""

from constructs import Construct

from agent_studio.constructs.gcp.keys import OPERATIONS, CellKeys
from agent_studio.constructs.gcp.store.access_logs import AccessLogs
from agent_studio.constructs.gcp.store.bucket import Bucket
from agent_studio.estate.model import Cell

MINIMUM_DAYS = 365
"""The shortest time that audit data is kept, in days."""


class AuditStore(Construct):
    """A write-once bucket for audit data, in the cell's own region.

    Guarantee: every object is held for the longest retention of the cell's data classes and at
    least a year. The retention policy is locked: nobody, the project's owner and Google's support
    included, can shorten or lift it (Cloud Storage, "Bucket Lock"). The bucket is encrypted with
    the operations key, private, access-logged and no plan destroys it. Its own policy lets the
    writers that its block names add objects, and nobody else do anything.

    Args:
        scope: the cell's stack, or the block that writes to the store.
        id_: the block's id.
        cell: the cell.
        keys: the cell's keys.
        access_logs: where access to it is logged.
        purpose: what the store keeps, as a short noun; part of its name.
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
    ) -> None:
        super().__init__(scope, id_)
        self.retention_days = retention_days(cell)
        """Days for which an object is locked."""
        self._bucket = Bucket(
            self,
            "store",
            place=cell.scope,
            purpose=purpose,
            key_id=keys.key_id(OPERATIONS),
            # A locked object cannot be replaced, so there are no versions to keep.
            noncurrent_days=None,
            expire_days=self.retention_days,
            locked_days=self.retention_days,
            access_logs=access_logs.bucket,
        )
        self.store_name: str = self._bucket.name
        """The bucket's name."""
        self.store_id: str = self._bucket.name
        """What identifies the bucket: its name, which is unique over all of Google Cloud."""

    def admit_reader(self, member: str) -> None:
        """Let a member read and list objects."""
        self._bucket.grant("roles/storage.objectViewer", member)

    def admit_writer(self, member: str) -> None:
        """Let a member add objects; it can neither read, replace nor delete any."""
        self._bucket.grant("roles/storage.objectCreator", member)


def retention_days(cell: Cell) -> int:
    """Give the days for which the cell keeps its logs and audit data."""
    return max([MINIMUM_DAYS, *(each.retention_days for each in cell.data_classes)])
