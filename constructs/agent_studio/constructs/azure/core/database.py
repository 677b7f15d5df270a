"""The core's database.

Sources: Azure Database for PostgreSQL, "Data encryption" (the key may be named without a version,
and then the server follows its rotation), "High availability", "Backup and restore" (35 days at the
longest, point in time), "Networking with Private Link", "Microsoft Entra authentication",
"Server parameters"; the provider's documentation of `azurerm_postgresql_flexible_server` on what a
failover moves.
"""

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.postgresql_flexible_server import (
    PostgresqlFlexibleServer,
    PostgresqlFlexibleServerAuthentication,
    PostgresqlFlexibleServerCustomerManagedKey,
    PostgresqlFlexibleServerHighAvailability,
    PostgresqlFlexibleServerIdentity,
    PostgresqlFlexibleServerMaintenanceWindow,
)
from cdktf_cdktf_provider_azurerm.postgresql_flexible_server_active_directory_administrator import (
    PostgresqlFlexibleServerActiveDirectoryAdministrator,
)
from cdktf_cdktf_provider_azurerm.postgresql_flexible_server_configuration import (
    PostgresqlFlexibleServerConfiguration,
)
from cdktf_cdktf_provider_azurerm.postgresql_flexible_server_database import (
    PostgresqlFlexibleServerDatabase,
)
from constructs import Construct

from agent_studio.constructs.azure.core.identity import Identity
from agent_studio.constructs.azure.core.keys import DATABASE
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import log_everything
from agent_studio.constructs.azure.zones import zones
from agent_studio.estate import Cell
from agent_studio.estate.names import azure as names

BACKUP_DAYS = 35
"""The longest that Azure keeps backups."""

MOVED = ("high_availability[0].standby_availability_zone", "zone")
"""What a failover changes; Terraform leaves it alone."""

PARAMETERS = {
    "connection_throttle.enable": "on",
    "log_checkpoints": "on",
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
    "require_secure_transport": "on",
    "ssl_min_protocol_version": "TLSv1.2",
}
"""TLS alone; statements that change the schema or are slow are logged."""

_VERSION = "17"
_SIZE = "GP_Standard_D2ds_v5"
"""The smallest kind that has a standby: burstable ones have none."""

_STORAGE_MIB = 32_768


class CoreDatabase(Construct):
    """PostgreSQL in two zones of the region; with a standby in the same zone where there is one.

    Guarantee: data and backups lie in the region, copied over its zones and to no other region, and
    are encrypted with a key of the database's own; any moment of the last 35 days can be restored.
    The server answers through a private endpoint in the core's network alone, over TLS 1.2 or
    later. There is no password: identities of Entra alone sign in, and the core service's is its
    one administrator. What it logs goes into the core's workspace, and no plan destroys it.

    Args:
        scope: the core's stack.
        id_: the construct's id.
        cell: the core's view.
        keys: the core's keys.
        network: the core's network.
        service: who signs in.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        network: CellNetwork,
        service: Identity,
    ) -> None:
        super().__init__(scope, id_)
        group = CellGroup.of(self, cell=cell).name
        key = keys.key(DATABASE)
        tenant = cell.account.tenant
        server = PostgresqlFlexibleServer(
            self,
            "server",
            name=names.database_server(cell.scope),
            location=cell.region.name,
            resource_group_name=group,
            version=_VERSION,
            sku_name=_SIZE,
            storage_mb=_STORAGE_MIB,
            auto_grow_enabled=True,
            public_network_access_enabled=False,
            authentication=PostgresqlFlexibleServerAuthentication(
                active_directory_auth_enabled=True, password_auth_enabled=False, tenant_id=tenant
            ),
            backup_retention_days=BACKUP_DAYS,
            # The second region is Azure's choice, and may lie in another jurisdiction.
            geo_redundant_backup_enabled=False,
            high_availability=PostgresqlFlexibleServerHighAvailability(
                mode="SameZone" if zones(cell.region.name) is None else "ZoneRedundant"
            ),
            identity=PostgresqlFlexibleServerIdentity(
                type="UserAssigned", identity_ids=[key.identity_id]
            ),
            customer_managed_key=PostgresqlFlexibleServerCustomerManagedKey(
                key_vault_key_id=key.id, primary_user_assigned_identity_id=key.identity_id
            ),
            maintenance_window=PostgresqlFlexibleServerMaintenanceWindow(
                day_of_week=0, start_hour=3, start_minute=30
            ),
            tags=tags(cell, "database"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True, ignore_changes=list(MOVED)),
            depends_on=[key.grant],
        )
        self.address: str = server.fqdn
        """The server's host name, a reference."""
        self.name = cell.studio.replace("-", "_")
        """The name of the database in the server."""
        self.user = service.name
        """The service's name in the server."""
        network.connect(self, "endpoint", "postgresqlServer", server.id, purpose="database")
        log_everything(self, "logging", cell=cell, keys=keys, target=server.id)
        # One after the other: a server that is busy with a change refuses the next.
        last: ITerraformDependable = PostgresqlFlexibleServerActiveDirectoryAdministrator(
            self,
            "administrator",
            server_name=server.name,
            resource_group_name=group,
            tenant_id=str(tenant),
            object_id=service.principal_id,
            principal_name=service.name,
            principal_type="ServicePrincipal",
        )
        for name, value in sorted(PARAMETERS.items()):
            last = PostgresqlFlexibleServerConfiguration(
                self,
                name.replace(".", "-"),
                name=name,
                server_id=server.id,
                value=value,
                depends_on=[last],
            )
        PostgresqlFlexibleServerDatabase(
            self,
            "content",
            name=self.name,
            server_id=server.id,
            charset="UTF8",
            collation="en_US.utf8",
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[last],
        )
