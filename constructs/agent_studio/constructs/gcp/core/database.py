"""The core's database.

Sources: Cloud SQL for PostgreSQL, "About customer-managed encryption keys", "Private Service
Connect overview" (endpoints, DNS names), "IAM authentication" (a service account signs in without
the ending of its address), "Cloud SQL backups" (1 to 365 backups are kept), "Configure database
flags" and "Use IAM Conditions".
"""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.project_iam_member import (
    ProjectIamMember,
    ProjectIamMemberCondition,
)
from cdktf_cdktf_provider_google.sql_database import SqlDatabase
from cdktf_cdktf_provider_google.sql_database_instance import (
    SqlDatabaseInstance,
    SqlDatabaseInstanceSettings,
    SqlDatabaseInstanceSettingsBackupConfiguration,
    SqlDatabaseInstanceSettingsBackupConfigurationBackupRetentionSettings,
    SqlDatabaseInstanceSettingsDatabaseFlags,
    SqlDatabaseInstanceSettingsIpConfiguration,
    SqlDatabaseInstanceSettingsIpConfigurationPscConfig,
    SqlDatabaseInstanceSettingsMaintenanceWindow,
)
from cdktf_cdktf_provider_google.sql_user import SqlUser
from constructs import Construct

from agent_studio.constructs.gcp.core.endpoint import DatabaseEndpoint
from agent_studio.constructs.gcp.core.identity import CoreIdentity
from agent_studio.constructs.gcp.core.keys import DATABASE, CoreKeys
from agent_studio.constructs.gcp.core.logs import ServiceLog
from agent_studio.constructs.gcp.core.network import CoreNetwork
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

SIGN_IN = "roles/cloudsql.instanceUser"
"""Lets its holder sign in, and see the instance; what it may do inside, the database says."""

BACKUPS = 35
"""One is made a day."""

_LOG_DAYS = 365
_VERSION = "POSTGRES_18"
_TIER = "db-custom-2-4096"
_STORAGE_GIB = 20
_MAX_STORAGE_GIB = 200
_WAL_DAYS = 7
"""The longest that Cloud SQL Enterprise keeps what a point in time is restored from."""

_NAME_LIMIT = 98
"""Characters of an instance's name (Cloud SQL, "Instance settings")."""

_SUFFIX = ".gserviceaccount.com"

_FLAGS = {
    "cloudsql.enable_pgaudit": "on",
    "cloudsql.iam_authentication": "on",
    "log_checkpoints": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_duration": "on",
    "log_hostname": "on",
    "log_lock_waits": "on",
    "log_min_error_statement": "error",
    "log_statement": "ddl",
    "log_temp_files": "0",
}


class CoreDatabase(Construct):
    """PostgreSQL in two zones of the region.

    Guarantee: data and backups lie in the region, encrypted with a key of the database's own; 35
    daily backups are kept, and any moment of the last seven days can be restored. It has no public
    address and no peering: one endpoint in the core's network leads to it. Connections without TLS
    are refused. Logs are kept a year in the region. No plan destroys it, Cloud SQL refuses to
    delete it, and its backups outlive it.

    There is no password: the service signs in with tokens of its own account, and nobody else has
    leave to. What the account may do inside the database, an administrator grants once.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        keys: the core's keys.
        network: the core's network.
        service: who signs in.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        keys: CoreKeys,
        network: CoreNetwork,
        service: CoreIdentity,
    ) -> None:
        super().__init__(scope, id_)
        kept = TerraformResourceLifecycle(prevent_destroy=True)
        name = names.label(place, "database", limit=_NAME_LIMIT)
        log = ServiceLog(
            self,
            "log",
            place=place,
            purpose="database",
            keys=keys,
            days=_LOG_DAYS,
            entries=(
                'resource.type="cloudsql_database"'
                f' AND resource.labels.database_id="{place.account_id}:{name}"'
            ),
        )
        instance = SqlDatabaseInstance(
            self,
            "database",
            name=name,
            region=place.region,
            database_version=_VERSION,
            encryption_key_name=keys.key_id(DATABASE),
            deletion_protection=True,
            settings=_settings(place),
            lifecycle=kept,
            # Its first lines would lie in the project's default bucket.
            depends_on=[log.feed],
        )
        self.name = place.studio.replace("-", "_")
        """The name of the database in the instance."""
        SqlDatabase(
            self,
            "content",
            name=self.name,
            instance=instance.name,
            deletion_policy="ABANDON",
            lifecycle=kept,
        )
        self.user = names.service_account_email(place, service.purpose).removesuffix(_SUFFIX)
        """The service's name in the database."""
        SqlUser(
            self,
            "user",
            name=self.user,
            instance=instance.name,
            type="CLOUD_IAM_SERVICE_ACCOUNT",
            depends_on=[service.account],
        )
        # An instance has no policy of its own.
        ProjectIamMember(
            self,
            "signs-in",
            project=place.account_id,
            role=SIGN_IN,
            member=service.member,
            condition=ProjectIamMemberCondition(
                title="The core's database alone",
                expression=(
                    f"resource.name == 'projects/{place.account_id}/instances/{name}'"
                    " && resource.service == 'sqladmin.googleapis.com'"
                ),
            ),
        )
        self.address = DatabaseEndpoint(
            self, "endpoint", place=place, network=network, instance=instance
        ).host
        """The host's name, a reference."""


def _settings(place: Scope) -> SqlDatabaseInstanceSettings:
    backups = SqlDatabaseInstanceSettingsBackupConfiguration(
        enabled=True,
        location=place.region,
        start_time="02:00",
        point_in_time_recovery_enabled=True,
        transaction_log_retention_days=_WAL_DAYS,
        backup_retention_settings=(
            SqlDatabaseInstanceSettingsBackupConfigurationBackupRetentionSettings(
                retained_backups=BACKUPS, retention_unit="COUNT"
            )
        ),
    )
    return SqlDatabaseInstanceSettings(
        edition="ENTERPRISE",
        tier=_TIER,
        availability_type="REGIONAL",
        activation_policy="ALWAYS",
        disk_type="PD_SSD",
        disk_size=_STORAGE_GIB,
        disk_autoresize=True,
        disk_autoresize_limit=_MAX_STORAGE_GIB,
        deletion_protection_enabled=True,
        retain_backups_on_delete=True,
        backup_configuration=backups,
        ip_configuration=SqlDatabaseInstanceSettingsIpConfiguration(
            ipv4_enabled=False,
            ssl_mode="ENCRYPTED_ONLY",
            server_ca_mode="GOOGLE_MANAGED_CAS_CA",
            psc_config=[
                SqlDatabaseInstanceSettingsIpConfigurationPscConfig(
                    psc_enabled=True, allowed_consumer_projects=[place.account_id]
                )
            ],
        ),
        maintenance_window=SqlDatabaseInstanceSettingsMaintenanceWindow(
            day=7, hour=3, update_track="stable"
        ),
        database_flags=[
            SqlDatabaseInstanceSettingsDatabaseFlags(name=each, value=value)
            for each, value in sorted(_FLAGS.items())
        ],
        user_labels=labels("database"),
    )
