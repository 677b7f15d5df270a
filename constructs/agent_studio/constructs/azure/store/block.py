"""The store of one class of data in a cell."""

from constructs import Construct

from agent_studio.constructs.azure.access import BLOB_WRITER, grant
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.store.access_logs import AccessLogs
from agent_studio.constructs.azure.store.account import add_cell_account, add_container
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell, DataClass

CONTAINER = "data"
"""The container in which a store's blobs lie."""


class ResidentStore(Construct):
    """The storage account of one class of data, in the cell's own region.

    Guarantee: blobs are encrypted with the class's own key and, below it, with one of the
    platform's. The account answers in the cell's network alone, over TLS 1.2 or later, to
    identities of Entra alone, among which those of the runtimes that declare the class are the only
    ones with a role; it is versioned and access-logged, keeps deleted blobs and containers for the
    class's retention (a year at the longest), stays in its region, and no plan destroys it.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; one store for each data class.
        cell: the cell.
        keys: the cell's keys.
        network: the cell's network, from which alone blobs can be reached.
        data_class: the class of data that it holds.
        access_logs: where access to it is logged.

    Raises:
        StudioError: the estate asks for a copy in another region.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        network: CellNetwork,
        data_class: DataClass,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        target = cell.replicate.get(data_class.name)
        if target is not None:
            raise StudioError(
                f"cell {cell.id} cannot keep a copy of {data_class.name} in another region",
                found=f"replicate: {target.key}",
                allowed="no copies on Azure",
                fix=f"remove {data_class.name} from the cell's replicate",
                exit_code=ExitCode.INVALID,
            )
        purpose = f"store-{data_class.name}"
        self.data_class = data_class
        """The class of data that it holds."""
        account = add_cell_account(
            self,
            cell=cell,
            keys=keys,
            purpose=purpose,
            key=data_class.name,
            days=data_class.retention_days,
            data_class=data_class.name,
        )
        self._container = add_container(self, "container", account=account, name=CONTAINER)
        self.store_name: str = account.name
        """The account's name; blobs lie in its container `data`."""
        self.store_id: str = account.id
        """The account's resource id."""
        self.key_id: str = keys.key_id(data_class.name)
        """Address of the key that encrypts it."""
        network.connect(self, "endpoint", "blob", account.id, purpose=purpose)
        access_logs.watch(self, "access-logging", account_id=account.id)

    def admit(self, scope: Construct, principal_id: str) -> None:
        """Let a runtime's identity read, write, delete and list blobs.

        Args:
            scope: the identity, which owns the grant.
            principal_id: its object id.
        """
        grant(
            scope,
            f"reaches-{self.data_class.name}",
            role=BLOB_WRITER,
            on=self._container.id,
            principal_id=principal_id,
        )
