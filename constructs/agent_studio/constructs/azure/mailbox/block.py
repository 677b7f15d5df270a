"""`ControlMailbox`: where core and cell meet."""

from constructs import Construct

from agent_studio.constructs.azure.access import BLOB_READER, BLOB_WRITER, NO_DELETE, grant
from agent_studio.constructs.azure.bus import Queue
from agent_studio.constructs.azure.federation import MAILBOX, CoreFederation
from agent_studio.constructs.azure.keys import OPERATIONS, CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.store.access_logs import AccessLogs
from agent_studio.constructs.azure.store.account import add_cell_account, add_container
from agent_studio.estate import Cell, Scope

KEPT_DAYS = 365
"""Days that a deleted blob is kept, for audits and for going back."""

CONTAINER = "inbox"
"""The container for bundles, epochs and releases."""


class ControlMailbox(Construct):
    """The cell's own store and queue, through which core and cell exchange everything.

    Guarantee: a cell never calls the core. What comes from the core (policy bundles, kill epochs,
    releases) lies in a versioned container in the cell's region, encrypted with the cell's
    operations key: the cell's runtimes read it, and the core's own federated identity alone writes
    it and deletes no blob of it. What goes to the core lies in a queue with dead letters: the
    cell's runtimes send, the core alone takes. Nobody else has a role on container or queue. Both
    answer in the cell's network alone, so the core comes through a private endpoint of its own,
    which the cell's owner approves.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
        core: the core's place.
        access_logs: where access to the store is logged.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        core: Scope,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        self._cell = cell
        account = add_cell_account(
            self, cell=cell, keys=keys, purpose="mailbox", key=OPERATIONS, days=KEPT_DAYS
        )
        inbox = add_container(self, "inbox", account=account, name=CONTAINER)
        self._inbox_id: str = inbox.id
        self.store_name: str = account.name
        """Name of the storage account; bundles, epochs and releases lie in its container `inbox`.
        """
        self.store_id: str = account.id
        """Resource id of the storage account."""
        CellNetwork.of(self).connect(self, "endpoint", "blob", account.id, purpose="mailbox")
        access_logs.watch(self, "access-logging", account_id=account.id)
        self._events = Queue(self, "events", cell=cell, keys=keys, purpose="mailbox-events")
        self.queue_id: str = self._events.id
        """Resource id of the queue into which the cell's runtimes send events."""
        self.queue_address: str = self._events.address
        """Where events are sent to."""
        writer = CoreFederation.of(self, cell=cell, core=core).principal_id(MAILBOX)
        grant(
            self,
            "core-writes",
            role=BLOB_WRITER,
            on=self._inbox_id,
            principal_id=writer,
            condition=NO_DELETE,
        )
        self._events.admit_reader(self, "core-takes", writer)

    @property
    def parameter_ids(self) -> dict[str, str]:
        """Names of the blobs by what they hold: `bundle`, `kill-epoch`, `releases/<runtime>`."""
        releases = (f"releases/{each.name}" for each in self._cell.runtimes)
        wanted = ["bundle", "kill-epoch", *releases]
        return {purpose: f"{CONTAINER}/{purpose}" for purpose in wanted}

    def admit(self, scope: Construct, principal_id: str) -> None:
        """Let a runtime's identity read what comes from the core and send what goes there.

        Args:
            scope: the identity, which owns the grants.
            principal_id: its object id.
        """
        grant(
            scope, "reads-mailbox", role=BLOB_READER, on=self._inbox_id, principal_id=principal_id
        )
        self._events.admit_sender(scope, "sends-events", principal_id)
