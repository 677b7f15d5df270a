"""The store of one class of data in a cell."""

from constructs import Construct

from agent_studio.constructs.gcp.keys import CellKeys
from agent_studio.constructs.gcp.network import CellNetwork
from agent_studio.constructs.gcp.store.access_logs import AccessLogs
from agent_studio.constructs.gcp.store.bucket import Bucket
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell, DataClass


class ResidentStore(Construct):
    """The bucket of one class of data, in the cell's own region.

    Guarantee: objects are encrypted with the class's own key. The bucket's own policy names the
    identities of the cell's runtimes that declare the class, and nobody else; those identities
    exist inside the cell's network alone, as they have no keys. The bucket is private, versioned
    and access-logged; replaced and deleted versions are kept for the class's retention; no plan
    destroys it. No copy leaves the region.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; one store for each data class.
        cell: the cell.
        keys: the cell's keys.
        network: the cell's network; the identities that are admitted work in it alone.
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
        network: CellNetwork,  # noqa: ARG002 - every cloud's store takes it
        data_class: DataClass,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        target = cell.replicate.get(data_class.name)
        if target is not None:
            raise StudioError(
                f"cell {cell.id} cannot keep a copy of {data_class.name} in another region",
                found=f"replicate: {target.key}",
                allowed="no copies on Google Cloud",
                fix=f"remove {data_class.name} from the cell's replicate",
                exit_code=ExitCode.INVALID,
            )
        self.data_class = data_class
        """The class of data that it holds."""
        self.key_id = keys.key_id(data_class.name)
        """Resource name of the key that encrypts it."""
        self._bucket = Bucket(
            self,
            "store",
            place=cell.scope,
            purpose=f"store-{data_class.name}",
            key_id=self.key_id,
            noncurrent_days=data_class.retention_days,
            access_logs=access_logs.bucket,
            data_class=data_class.name,
        )
        self.store_name: str = self._bucket.name
        """The bucket's name."""
        self.store_id: str = self._bucket.name
        """What identifies the bucket: its name, which is unique over all of Google Cloud."""

    def admit(self, member: str) -> None:
        """Let a runtime's identity read, write, replace, delete and list objects."""
        self._bucket.grant("roles/storage.objectUser", member)
