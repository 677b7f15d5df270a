"""Where access to a cell's stores is logged."""

from cdktf_cdktf_provider_azurerm.monitor_diagnostic_setting import (
    MonitorDiagnosticSetting,
    MonitorDiagnosticSettingEnabledLog,
)
from constructs import Construct

from agent_studio.constructs.azure.keys import OPERATIONS, CellKeys
from agent_studio.constructs.azure.store.account import add_cell_account
from agent_studio.estate.model import Cell

KEPT_DAYS = 30
"""Days that a deleted access log is kept."""

READ_AND_WRITTEN = ("StorageDelete", "StorageRead", "StorageWrite")
"""Azure Monitor, "Supported logs for Microsoft.Storage/storageAccounts/blobServices"."""


class AccessLogs(Construct):
    """The storage account in which Azure Monitor keeps who reached which store.

    Guarantee: it lies in the cell's region under the operations key, answers on no public network
    but to Azure's trusted services, knows no shared key and no plan destroys it.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        account = add_cell_account(
            self,
            cell=cell,
            keys=keys,
            purpose="access-logs",
            key=OPERATIONS,
            days=KEPT_DAYS,
            takes_logs=True,
        )
        self.store_name: str = account.name
        """The account's name."""
        self.store_id: str = account.id
        """The account's resource id."""

    def watch(self, scope: Construct, id_: str, *, account_id: str) -> None:
        """Log who reads, writes and deletes blobs of a storage account.

        Args:
            scope: the store.
            id_: the setting's id within it.
            account_id: the account's resource id.
        """
        MonitorDiagnosticSetting(
            scope,
            id_,
            name="access",
            target_resource_id=f"{account_id}/blobServices/default",
            storage_account_id=self.store_id,
            enabled_log=[
                MonitorDiagnosticSettingEnabledLog(category=each) for each in READ_AND_WRITTEN
            ],
        )
