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
