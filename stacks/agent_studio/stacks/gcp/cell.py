"""A cell's stack on Google Cloud: everything that one project holds in one region."""

from constructs import Construct

from agent_studio.constructs.gcp.identity import WorkloadIdentity
from agent_studio.constructs.gcp.keys import CellKeys
from agent_studio.constructs.gcp.logs import LogPipeline
from agent_studio.constructs.gcp.mailbox import ControlMailbox
from agent_studio.constructs.gcp.network import CellNetwork
from agent_studio.constructs.gcp.registry import ImageRegistry
from agent_studio.constructs.gcp.runtime import AgentRuntime
from agent_studio.constructs.gcp.store import AccessLogs, ResidentStore
from agent_studio.estate import Cell, Layer, Scope
from agent_studio.estate.names import gcp as names
from agent_studio.stacks.gcp.base import GcpStack, default_labels
from agent_studio.stacks.wiring import Blocks, wire

_BLOCKS = Blocks(
    store=ResidentStore,
    logs=LogPipeline,
    mailbox=ControlMailbox,
    registry=ImageRegistry,
    identity=WorkloadIdentity,
    runtime=AgentRuntime,
)


class GcpCellStack(GcpStack):
    """The unit of isolation, residency and blast radius, complete in its region.

    Args:
        scope: the app.
        cell: what the estate declares.
        core: the core's place, whose computed identities the cell's policies admit.
    """

    def __init__(self, scope: Construct, *, cell: Cell, core: Scope) -> None:
        labels = default_labels(
            cell.scope,
            owner=cell.account.owner,
            jurisdiction=cell.jurisdiction,
            layer=Layer.CELL.value,
        )
        super().__init__(
            scope, place=cell.scope, labels={**labels, "cell": names.label_value(cell.id)}
        )
        keys = CellKeys(self, "keys", cell=cell)
        network = CellNetwork(self, "network", cell=cell, keys=keys)
        access_logs = AccessLogs(self, "access-logs", cell=cell, keys=keys)
        wire(
            self,
            _BLOCKS,
            cell=cell,
            core=core,
            keys=keys,
            network=network,
            access_logs=access_logs,
        )
