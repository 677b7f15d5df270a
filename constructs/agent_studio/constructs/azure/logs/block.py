"""The logs of a cell, from the runtimes to the archive."""

from cdktf_cdktf_provider_azurerm.log_analytics_data_export_rule import LogAnalyticsDataExportRule
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.logs import queries
from agent_studio.constructs.azure.logs.alarms import Alarms
from agent_studio.constructs.azure.logs.dashboard import dashboard
from agent_studio.constructs.azure.store.access_logs import AccessLogs
from agent_studio.constructs.azure.store.audit import AuditStore
from agent_studio.constructs.azure.workspace import CellWorkspace, log_everything
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

EXPORTED = (queries.CONSOLE, queries.SYSTEM)
"""The tables whose every line goes into the archive."""


class LogPipeline(Construct):
    """The structured logs of a cell's runtimes, kept where they arise.

    Guarantee: what the runtimes, the firewall, the queues, the registry and the key vault log lies
    in one workspace in the cell's region, encrypted with the operations key. Every line of a
    runtime also goes into a write-once archive in the region, from which nobody can remove it
    before the longest retention of the cell's data classes is over, and a year at the least.
    Policy denials, budget burn and kills raise alarms, of which the subscription's Monitoring
    Contributors are told, and show on the cell's workbook.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
        access_logs: where access to the archive is logged.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, access_logs: AccessLogs
    ) -> None:
        super().__init__(scope, id_)
        self._runtimes = {each.name for each in cell.runtimes}
        self._workspace = CellWorkspace.of(self, cell=cell, keys=keys)
        archive = AuditStore(
            self,
            "archive",
            cell=cell,
            keys=keys,
            access_logs=access_logs,
            # The names that an export gives to its containers (Azure Monitor, "Log Analytics
            # workspace data export"); made and locked before the first line arrives.
            containers=tuple(f"am-{table.lower()}" for table in EXPORTED),
            purpose="log-archive",
        )
        self.archive_id: str = archive.store_id
        """Resource id of the archive's storage account."""
        LogAnalyticsDataExportRule(
            self,
            "archive-feed",
            name=names.label(cell.scope, "archive"),
            resource_group_name=CellGroup.of(self, cell=cell).name,
            workspace_resource_id=self._workspace.workspace_id,
            destination_resource_id=archive.store_id,
            table_names=list(EXPORTED),
            enabled=True,
            depends_on=[*archive.locks],
        )
        log_everything(self, "vault-logging", cell=cell, keys=keys, target=keys.vault_id)
        alarms = Alarms(self, "alarms", cell=cell, workspace=self._workspace)
        self.alarm_id: str = alarms.group_id
        """Resource id of the action group that alarms go to."""
        dashboard(self, "dashboard", cell=cell, workspace=self._workspace)

    def log_name(self, runtime_name: str) -> str:
        """Give the name of the workspace that holds a runtime's log.

        Args:
            runtime_name: the name of a runtime of the cell.

        Raises:
            KeyError: the cell does not have the runtime.
        """
        if runtime_name not in self._runtimes:
            raise KeyError(runtime_name)
        return self._workspace.workspace_name
