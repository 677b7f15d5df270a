"""The keys that encrypt what the core keeps."""

from constructs import Construct

from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.estate import Cell

DATABASE = "database"
"""The purpose of the key that encrypts the database and its backups."""


class CoreKeys(CellKeys):
    """The core's keys: one for operations, and one for the database alone.

    Guarantee: as that of `CellKeys`.

    Args:
        scope: the core's stack.
        id_: the block's id within the stack.
        cell: the core's view.

    Raises:
        StudioError: the core's account has no tenant.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_, cell=cell)
        self._add(DATABASE, DATABASE, None)
