"""A cell's stack on Azure: everything that one subscription holds in one region."""

from constructs import Construct

from agent_studio.constructs.azure.identity import WorkloadIdentity
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.logs import LogPipeline
from agent_studio.constructs.azure.mailbox import ControlMailbox
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.registry import ImageRegistry
from agent_studio.constructs.azure.runtime import AgentRuntime
from agent_studio.constructs.azure.store import AccessLogs, ResidentStore
from agent_studio.estate import Cell, Scope
from agent_studio.stacks.azure.base import AzureStack
from agent_studio.stacks.wiring import Blocks, wire

_BLOCKS = Blocks(
    store=ResidentStore,
    logs=LogPipeline,
    mailbox=ControlMailbox,
    registry=ImageRegistry,
    identity=WorkloadIdentity,
    runtime=AgentRuntime,
)


class AzureCellStack(AzureStack):
    """The unit of isolation, residency and blast radius, complete in its region.

    Args:
        scope: the app.
        cell: what the estate declares.
        core: the core's place, whose identities the cell's own trust.
    """

    def __init__(self, scope: Construct, *, cell: Cell, core: Scope) -> None:
        super().__init__(scope, place=cell.scope, account=cell.account)
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
