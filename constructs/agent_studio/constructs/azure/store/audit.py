"""A store whose blobs nobody can change or delete before their time.

Source: Blob Storage, "Time-based retention policies for immutable blob data".
"""

from cdktf_cdktf_provider_azurerm.storage_container_immutability_policy import (
    StorageContainerImmutabilityPolicy,
)
from constructs import Construct

from agent_studio.constructs.azure.access import BLOB_WRITER, NO_DELETE, grant
from agent_studio.constructs.azure.keys import OPERATIONS, CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.store.access_logs import AccessLogs
from agent_studio.constructs.azure.store.account import add_cell_account, add_container
from agent_studio.estate.model import Cell

AUDIT = "audit"
"""The container that holds audit data, unless a store is told otherwise."""

MINIMUM_DAYS = 365
"""The shortest time that audit data is kept, in days."""


class AuditStore(Construct):
    """A write-once storage account for audit data, in the cell's own region.

    Guarantee: every blob in its containers is held for the longest retention of the cell's data
    classes and at least a year; lines can be added to its end, and nothing else be done to it. The
    policy is locked: nobody can shorten or lift it. The account is encrypted with the operations
    key, closed to public networks and shared keys, access-logged, and no plan destroys it.

    Args:
        scope: the cell's stack, or the block that writes to the store.
        id_: the block's id.
        cell: the cell.
        keys: the cell's keys.
        access_logs: where access to it is logged.
        containers: what it keeps, each a container's name.
        purpose: what the store keeps, as a short noun; part of its name.
        takes_logs: whether Azure Monitor, a trusted service, writes to it past its network rules.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        access_logs: AccessLogs,
        containers: tuple[str, ...] = (AUDIT,),
        purpose: str = "audit",
        takes_logs: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.retention_days = retention_days(cell)
        """Days for which a blob is locked."""
        account = add_cell_account(
            self,
            cell=cell,
            keys=keys,
            purpose=purpose,
            key=OPERATIONS,
            days=self.retention_days,
            takes_logs=takes_logs,
            # A locked blob cannot be replaced, so there are no versions to keep.
            versioned=False,
        )
        self.store_name: str = account.name
        """The account's name."""
        self.store_id: str = account.id
        """The account's resource id."""
        self.locks: list[StorageContainerImmutabilityPolicy] = []
        """What a writer depends on: nothing is written before it is locked."""
        self._containers: dict[str, str] = {}
        for name in containers:
            container = add_container(self, name, account=account, name=name)
            self._containers[name] = container.id
            self.locks.append(
                StorageContainerImmutabilityPolicy(
                    self,
                    f"{name}-lock",
                    storage_container_resource_manager_id=container.id,
                    immutability_period_in_days=self.retention_days,
                    protected_append_writes_enabled=True,
                    locked=True,
                )
            )
        CellNetwork.of(self).connect(self, "endpoint", "blob", account.id, purpose=purpose)
        access_logs.watch(self, "access-logging", account_id=account.id)

    def admit_writer(self, scope: Construct, id_: str, name: str, principal_id: str) -> None:
        """Let an identity write and read blobs of a container, and delete none.

        Args:
            scope: what owns the grant.
            id_: the grant's id within it.
            name: the container's.
            principal_id: the identity's object id.
        """
        grant(
            scope,
            id_,
            role=BLOB_WRITER,
            on=self._containers[name],
            principal_id=principal_id,
            condition=NO_DELETE,
        )


def retention_days(cell: Cell) -> int:
    """Give the days for which the cell keeps its logs and audit data."""
    return max([MINIMUM_DAYS, *(each.retention_days for each in cell.data_classes)])
