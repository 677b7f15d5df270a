"""The core's network: a cell's, with a way to its database and an entrance."""

from typing import ClassVar

from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.network.rules import INSIDE

DATABASE_PORT = "5432"


class CoreNetwork(CellNetwork):
    """The private network of the core.

    Guarantee: as that of `CellNetwork`. Besides, hosts of the core's own range may call the core
    service, on port 443 alone, and the service reaches the endpoint of its database.

    Args:
        scope: the core's stack.
        id_: the block's id within the stack.
        cell: the core's view.
        keys: the core's keys.

    Raises:
        StudioError: the core's network cannot be carved into subnets.
    """

    PORTS: ClassVar[tuple[str, ...]] = (*INSIDE, DATABASE_PORT)
    CALLED: ClassVar[bool] = True
