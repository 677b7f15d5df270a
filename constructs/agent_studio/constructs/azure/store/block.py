"""The store of one class of data in a cell, and where access to it is logged."""

from cdktf_cdktf_provider_azurerm.monitor_diagnostic_setting import (
    MonitorDiagnosticSetting,
    MonitorDiagnosticSettingEnabledLog,
)
from constructs import Construct

from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.store.account import add_account
from agent_studio.estate.errors import StudioError
from agent_studio.estate.model import Cell, DataClass

ACCESS_LOG_DAYS = 30
"""Days that a deleted access log is kept."""


class AccessLogs(Construct):
    """The storage account in which Azure Monitor keeps who reached which store.

    Guarantee: it lies in the cell's region, answers on no public network but to Azure's trusted
    services, knows no shared key and no plan destroys it. It is encrypted twice with keys of the
    platform.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        account = add_account(
            self,
            cell=cell,
            keys=None,
            purpose="access-logs",
            key="",
            days=ACCESS_LOG_DAYS,
            takes_logs=True,
        )
        self.store_name: str = account.name
        """The account's name."""
        self.store_id: str = account.id
        """The account's resource id."""


class ResidentStore(Construct):
    """The storage account of one class of data, in the cell's own region.

    Guarantee: blobs are encrypted with the class's own key and, below it, with one of the
    platform's. The account answers in the cell's network alone, over TLS 1.2 or later, to
    identities of Entra alone; it is versioned and access-logged, keeps deleted blobs for the
    class's retention (a year at the longest), stays in its region, and no plan destroys it.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; one store for each data class.
        cell: the cell.
        keys: the cell's keys.
        network: the cell's network, from which alone blobs can be reached.
        data_class: the class of data that it holds.
        access_logs: where access to it is logged.

    Raises:
        StudioError: the estate asks for a copy in another region, which Azure's blocks lack.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        network: CellNetwork,
        data_class: DataClass,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        if data_class.name in cell.replicate:
            raise StudioError(
                f"cell {cell.id} cannot copy {data_class.name} to another region",
                found=cell.replicate[data_class.name].name,
                allowed="copies of cells on AWS",
                fix="remove replicate from the cell",
            )
        purpose = f"store-{data_class.name}"
        self.data_class = data_class
        """The class of data that it holds."""
        account = add_account(
            self,
            cell=cell,
            keys=keys,
            purpose=purpose,
            key=data_class.name,
            days=data_class.retention_days,
            data_class=data_class.name,
        )
        self.store_name: str = account.name
        """The account's name."""
        self.store_id: str = account.id
        """The account's resource id."""
        self.key_id: str = keys.key_id(data_class.name)
        """Address of the key that encrypts it."""
        network.connect(self, "endpoint", "blob", account.id, purpose=purpose)
        MonitorDiagnosticSetting(
            self,
            "access-logging",
            name="access",
            target_resource_id=f"{account.id}/blobServices/default",
            storage_account_id=access_logs.store_id,
            enabled_log=[
                MonitorDiagnosticSettingEnabledLog(category=f"Storage{each}")
                for each in ("Delete", "Read", "Write")
            ],
        )
