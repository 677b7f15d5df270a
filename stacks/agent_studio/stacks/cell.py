"""A cell's stack: everything that one account holds in one region."""

from constructs import Construct

from agent_studio.constructs.aws.account import RegionalBaseline
from agent_studio.constructs.aws.identity import WorkloadIdentity
from agent_studio.constructs.aws.keys import CellKeys
from agent_studio.constructs.aws.logs import LogPipeline
from agent_studio.constructs.aws.mailbox import ControlMailbox
from agent_studio.constructs.aws.network import CellNetwork
from agent_studio.constructs.aws.registry import ImageRegistry
from agent_studio.constructs.aws.runtime import AgentRuntime
from agent_studio.constructs.aws.store import AccessLogs, ResidentStore
from agent_studio.estate import Cell, Layer, Scope
from agent_studio.stacks.base import AwsStack, default_tags
from agent_studio.stacks.wiring import Blocks, wire

_BLOCKS = Blocks(
    store=ResidentStore,
    logs=LogPipeline,
    mailbox=ControlMailbox,
    registry=ImageRegistry,
    identity=WorkloadIdentity,
    runtime=AgentRuntime,
)


class CellStack(AwsStack):
    """The unit of isolation, residency and blast radius, complete in its region.

    Args:
        scope: the app.
        cell: what the estate declares.
        core: the core's place, whose computed role names the cell's policies admit.
    """

    def __init__(self, scope: Construct, *, cell: Cell, core: Scope) -> None:
        tags = default_tags(
            cell.scope,
            owner=cell.account.owner,
            jurisdiction=cell.jurisdiction,
            layer=Layer.CELL.value,
        )
        super().__init__(scope, place=cell.scope, tags={**tags, "studio:cell": cell.id})
        keys = CellKeys(self, "keys", cell=cell)
        if cell.region != cell.account.home:
            # The guardrails set what AWS keeps by region in the account's home region alone.
            RegionalBaseline(self, "region", place=cell.scope)
        network = CellNetwork(self, "network", cell=cell, keys=keys)
        access_logs = AccessLogs(self, "access-logs", cell=cell)
        wire(
            self,
            _BLOCKS,
            cell=cell,
            core=core,
            keys=keys,
            network=network,
            access_logs=access_logs,
        )
