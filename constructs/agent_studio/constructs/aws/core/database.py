"""The core's database."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import (
    DbParameterGroup,
    DbParameterGroupParameter,
)
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from agent_studio.constructs.aws.account.key import ManagedKey, log_service_use
from agent_studio.constructs.aws.core.groups import SecurityGroup
from agent_studio.constructs.aws.policy_document import service_trust
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

PORT = 45432
"""The network's access list admits 443 and the ports from 32768 between its own subnets."""

USER = "studio"
"""The database user of the core service, which signs in with IAM tokens."""

_MAJOR_VERSION = "17"
_INSTANCE_CLASS = "db.t4g.medium"
_STORAGE_GIB = 20
_MAX_STORAGE_GIB = 200
_BACKUP_DAYS = 35
"""RDS: automated backups are kept for at most 35 days."""

_LOG_DAYS = 365
_LOGS = ("postgresql", "upgrade")
_PARAMETERS = {
    "rds.force_ssl": "1",
    "log_statement": "ddl",
    "log_min_duration_statement": "1000",
    "log_connections": "1",
    "log_disconnections": "1",
}


class CoreDatabase(Construct):
    """PostgreSQL in two zones.

    Guarantee: data, logs and backups are encrypted with a key of the database's own, backups are
    kept for 35 days, connections without TLS are refused, nothing outside the VPC can reach it, and
    no plan destroys it.

    Its security group has no rule until a caller is connected to it. The master password is made,
    kept and rotated by RDS in Secrets Manager and used by nobody; the service signs in with IAM
    tokens.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        vpc_id: the core's VPC.
        subnet_ids: subnets in two zones or more.
    """

    def __init__(
        self, scope: Construct, id_: str, *, place: Scope, vpc_id: str, subnet_ids: Sequence[str]
    ) -> None:
        super().__init__(scope, id_)
        name = names.label(place, "database")
        groups = [f"/aws/rds/instance/{name}/{log}" for log in _LOGS]
        key = ManagedKey(
            self,
            "key",
            place=place,
            purpose="database",
            statements=[log_service_use(place, *(_log_group_arn(place, each) for each in groups))],
        )
        kept = TerraformResourceLifecycle(prevent_destroy=True)
        log_groups = [
            CloudwatchLogGroup(
                self,
                f"log-{log}",
                name=group,
                retention_in_days=_LOG_DAYS,
                kms_key_id=key.arn,
                tags=tags(group),
                lifecycle=kept,
            )
            for log, group in zip(_LOGS, groups, strict=True)
        ]
        subnets = DbSubnetGroup(
            self,
            "subnets",
            name=name,
            description="The core's private subnets",
            subnet_ids=list(subnet_ids),
            tags=tags(name),
        )
        parameters = DbParameterGroup(
            self,
            "parameters",
            name=name,
            family=f"postgres{_MAJOR_VERSION}",
            description="TLS alone; statements that change the schema or are slow are logged",
            parameter=[
                DbParameterGroupParameter(name=each, value=value)
                for each, value in sorted(_PARAMETERS.items())
            ],
            tags=tags(name),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.security_group = SecurityGroup(
            self, "security-group", place=place, purpose="database", vpc_id=vpc_id
        )
        monitoring = _monitoring(self, place)
        database = DbInstance(
            self,
            "database",
            identifier=name,
            engine="postgres",
            engine_version=_MAJOR_VERSION,
            instance_class=_INSTANCE_CLASS,
            db_name=place.studio.replace("-", "_"),
            username="studio_master",
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key.arn,
            iam_database_authentication_enabled=True,
            allocated_storage=_STORAGE_GIB,
            max_allocated_storage=_MAX_STORAGE_GIB,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key.arn,
            multi_az=True,
            publicly_accessible=False,
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.security_group.id],
            port=PORT,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            backup_retention_period=_BACKUP_DAYS,
            backup_window="02:00-03:00",
            maintenance_window="sun:03:30-sun:04:30",
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,
            skip_final_snapshot=False,
            final_snapshot_identifier=f"{name}-final",
            deletion_protection=True,
            auto_minor_version_upgrade=True,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=key.arn,
            monitoring_interval=60,
            monitoring_role_arn=monitoring,
            enabled_cloudwatch_logs_exports=list(_LOGS),
            tags=tags(name),
            lifecycle=kept,
            # RDS would make them itself, unencrypted and kept for ever.
            depends_on=log_groups,
        )
        self.address: str = database.address
        """The database's host name, a token."""
        self.name = place.studio.replace("-", "_")
        """The name of the database in the instance."""
        self.user_arn = (
            f"arn:{place.partition}:rds-db:{place.region}:{place.account_id}:"
            f"dbuser:{database.resource_id}/{USER}"
        )
        """What a role needs `rds-db:connect` on to sign in."""


def _monitoring(scope: Construct, place: Scope) -> str:
    name = names.role(place, "database-monitoring")
    role = IamRole(
        scope,
        "monitoring",
        name=name,
        description="RDS reports the instance's operating system metrics.",
        assume_role_policy=service_trust(
            "monitoring.rds.amazonaws.com", source_account=place.account_id
        ),
        tags=tags(name),
    )
    IamRolePolicyAttachment(
        scope,
        "monitoring-policy",
        role=role.name,
        policy_arn=(
            f"arn:{place.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
        ),
    )
    return str(role.arn)


def _log_group_arn(place: Scope, name: str) -> str:
    return f"arn:{place.partition}:logs:{place.region}:{place.account_id}:log-group:{name}"
