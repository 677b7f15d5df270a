"""Where the logs of a cell can be read: a Log Analytics workspace under the cell's own key.

Sources: Azure Monitor, "Azure Monitor customer-managed keys" (a workspace has one through a
dedicated cluster alone, which takes at least 100 GB a day; where the vault has a private endpoint,
the cluster comes to it as itself, and under no identity that was made before it) and "Azure Monitor
Logs dedicated clusters".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_azurerm.log_analytics_cluster import (
    LogAnalyticsCluster,
    LogAnalyticsClusterIdentity,
)
from cdktf_cdktf_provider_azurerm.log_analytics_cluster_customer_managed_key import (
    LogAnalyticsClusterCustomerManagedKey,
)
from cdktf_cdktf_provider_azurerm.log_analytics_linked_service import LogAnalyticsLinkedService
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from cdktf_cdktf_provider_azurerm.monitor_diagnostic_setting import (
    MonitorDiagnosticSetting,
    MonitorDiagnosticSettingEnabledLog,
)
from constructs import Construct

from agent_studio.constructs.azure.access import KEY_USER, grant
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import OPERATIONS, CellKeys
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate.names import azure as names

if TYPE_CHECKING:
    from agent_studio.estate import Cell

__all__ = ["CellWorkspace", "log_everything"]

SMALLEST_CLUSTER_GB = 100
"""What a dedicated cluster takes in a day at the least, in GB; less is paid for all the same."""

MOST_INTERACTIVE_DAYS = 730
"""The longest that a workspace keeps what can be queried, in days."""

LEAST_DAYS = 365
"""The shortest time that logs are kept, in days."""

_ID = "workspace"


class CellWorkspace(Construct):
    """The one workspace of a cell, into which all of its resources log.

    Guarantee: logs lie in the cell's region, encrypted with the operations key, for at least the
    longest retention of the cell's data classes (a year at the least, two at the longest; the
    archive keeps them longer). Nobody writes or reads with a shared key, nothing arrives over the
    public network, and no plan destroys the workspace.

    Args:
        scope: the cell's stack.
        id_: the id within the stack; `CellWorkspace.of` takes `workspace`.
        cell: the cell.
        keys: the cell's keys.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        group = CellGroup.of(self, cell=cell).name
        cluster = LogAnalyticsCluster(
            self,
            "cluster",
            name=names.label(cell.scope, "logs"),
            location=cell.region.name,
            resource_group_name=group,
            size_gb=SMALLEST_CLUSTER_GB,
            identity=LogAnalyticsClusterIdentity(type="SystemAssigned"),
            tags=tags(cell, "logs"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        may_use = grant(
            self,
            "key-use",
            role=KEY_USER,
            on=keys.key(OPERATIONS).resource_id,
            principal_id=cluster.identity.principal_id,
        )
        key = LogAnalyticsClusterCustomerManagedKey(
            self,
            "key",
            log_analytics_cluster_id=cluster.id,
            key_vault_key_id=keys.key_id(OPERATIONS),
            depends_on=[may_use],
        )
        workspace = LogAnalyticsWorkspace(
            self,
            "workspace",
            name=names.log_workspace(cell.scope),
            location=cell.region.name,
            resource_group_name=group,
            # No sku: Azure sets it to LACluster once the workspace is linked, and the provider
            # refuses that name before.
            retention_in_days=kept_days(cell),
            local_authentication_enabled=False,
            internet_ingestion_enabled=False,
            # Queries over the internet are for identities of Entra that hold a role on it.
            internet_query_enabled=True,
            allow_resource_only_permissions=True,
            cmk_for_query_forced=False,
            tags=tags(cell, "logs"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        link = LogAnalyticsLinkedService(
            self,
            "link",
            resource_group_name=group,
            workspace_id=workspace.id,
            write_access_id=cluster.id,
            depends_on=[key],
        )
        self.workspace_id: str = link.workspace_id
        """The workspace's resource id. It comes from the link: what arrives before it would lie
        under a key of Azure's."""
        self.workspace_name: str = workspace.name
        """The workspace's name."""

    @classmethod
    def of(cls, scope: Construct, *, cell: Cell, keys: CellKeys) -> CellWorkspace:
        """Give the workspace of the stack that holds `scope`, made when first asked for."""
        stack = TerraformStack.of(scope)
        found = stack.node.try_find_child(_ID)
        return found if isinstance(found, cls) else cls(stack, _ID, cell=cell, keys=keys)


def kept_days(cell: Cell) -> int:
    """Give the days for which a cell's logs can be queried."""
    wanted = max([LEAST_DAYS, *(each.retention_days for each in cell.data_classes)])
    return min(wanted, MOST_INTERACTIVE_DAYS)


def log_everything(
    scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, target: str
) -> MonitorDiagnosticSetting:
    """Send every log of a resource into the cell's workspace.

    Args:
        scope: the block that owns the resource.
        id_: the setting's id within it.
        cell: the cell.
        keys: the cell's keys.
        target: the resource's id.
    """
    return MonitorDiagnosticSetting(
        scope,
        id_,
        name="everything",
        target_resource_id=target,
        log_analytics_workspace_id=CellWorkspace.of(scope, cell=cell, keys=keys).workspace_id,
        log_analytics_destination_type="Dedicated",
        enabled_log=[MonitorDiagnosticSettingEnabledLog(category_group="allLogs")],
        # Azure forgets it where a service has but one kind of table, e.g. Key Vault's, and every
        # plan would set it again.
        lifecycle=TerraformResourceLifecycle(ignore_changes=["log_analytics_destination_type"]),
    )
