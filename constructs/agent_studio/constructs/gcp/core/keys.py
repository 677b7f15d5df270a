"""The keys that encrypt what the core keeps."""

from typing import ClassVar

from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.keys import CellKeys
from agent_studio.constructs.gcp.keys.key import add_key
from agent_studio.estate import Cell

DATABASE = "database"
"""The purpose of the key that encrypts the database and its backups."""


class CoreKeys(CellKeys):
    """The core's keys: one for operations, and one for the database alone.

    Guarantee: as that of `CellKeys`. The database's key names Cloud SQL's service agent alone.

    Args:
        scope: the core's stack.
        id_: the block's id within the stack.
        cell: the core's view.
    """

    # The core keeps no secret in Secret Manager.
    SERVICES: ClassVar[tuple[str, ...]] = ("artifact-registry", "cloud-run", "pubsub")

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_, cell=cell)
        self._keys[DATABASE] = add_key(
            self,
            DATABASE,
            purpose=DATABASE,
            ring_id=self.ring_id,
            agents=[service_agents.agent(self, cell.scope, "cloud-sql")],
        )
