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
        stores = [
            ResidentStore(
                self,
                f"store-{data_class.name}",
                cell=cell,
                keys=keys,
                network=network,
                data_class=data_class,
                access_logs=access_logs,
            )
            for data_class in cell.data_classes
        ]
        logs = LogPipeline(self, "logs", cell=cell, keys=keys, access_logs=access_logs)
        mailbox = ControlMailbox(
            self, "mailbox", cell=cell, keys=keys, core=core, access_logs=access_logs
        )
        registry = ImageRegistry(self, "registry", cell=cell, keys=keys, core=core)
        for runtime in cell.runtimes:
            identity = WorkloadIdentity(
                self,
                f"identity-{runtime.name}",
                cell=cell,
                runtime=runtime,
                keys=keys,
                stores=stores,
                logs=logs,
                mailbox=mailbox,
            )
            AgentRuntime(
                self,
                f"runtime-{runtime.name}",
                cell=cell,
                runtime=runtime,
                network=network,
                keys=keys,
                identity=identity,
                logs=logs,
                mailbox=mailbox,
                registry=registry,
            )
