"""The core service on Fargate."""

import json
from collections.abc import Mapping, Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_cluster import (
    EcsCluster,
    EcsClusterConfiguration,
    EcsClusterConfigurationManagedStorageConfiguration,
    EcsClusterSetting,
)
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from agent_studio.constructs.aws.core.database import PORT as DATABASE_PORT
from agent_studio.constructs.aws.core.database import CoreDatabase
from agent_studio.constructs.aws.core.entrance import PORT, CoreEntrance
from agent_studio.constructs.aws.core.groups import SecurityGroup
from agent_studio.constructs.aws.policy_document import (
    Statement,
    document,
    service_trust,
    statement,
)
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Runtime, Scope
from agent_studio.estate.names import aws as names

TASK_ROLE = "core-task"
"""Purpose of the role that the service's own code runs under."""

_EXECUTION_ROLE = "core-execution"
_USER = "65532:65532"
"""The user `nonroot` of distroless images."""


class CoreService(Construct):
    """The core service: non-root, read-only, without capabilities, behind the entrance alone.

    Guarantee: what its tasks write to their scratch disks is encrypted with the core's own key.

    Terraform makes the service with no task; releases raise the count and move the image, and
    Terraform leaves both to them.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        runtime: the service's profile.
        image_url: the repository of its image.
        image_arn: ARN of that repository.
        log_group: name of the log group for its output.
        log_group_arn: ARN of that log group.
        key_arn: ARN of the key for the disks of its tasks.
        subnet_ids: private subnets.
        security_group_ids: groups that let it reach the VPC's endpoints and the cells' mailboxes.
        vpc_id: the core's VPC.
        entrance: the load balancer.
        database: the database.
        environment: what the service is told, besides its database.
        grants: what it may do, besides signing in to its database.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        runtime: Runtime,
        image_url: str,
        image_arn: str,
        log_group: str,
        log_group_arn: str,
        key_arn: str,
        vpc_id: str,
        subnet_ids: Sequence[str],
        security_group_ids: Sequence[str],
        entrance: CoreEntrance,
        database: CoreDatabase,
        environment: Mapping[str, str],
        grants: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id_)
        connect = statement(
            "SignInToDatabase", actions="rds-db:connect", resources=database.user_arn
        )
        task_role = self._role(place, TASK_ROLE, "The core service's own code.", [connect, *grants])
        execution_role = self._role(
            place,
            _EXECUTION_ROLE,
            "ECS starts the core service.",
            [
                statement("SignInToRegistry", actions="ecr:GetAuthorizationToken"),
                statement(
                    "PullImage",
                    actions=[
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                    ],
                    resources=image_arn,
                ),
                statement(
                    "WriteLogs",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=f"{log_group_arn}:log-stream:*",
                ),
            ],
        )
        group = SecurityGroup(self, "security-group", place=place, purpose="service", vpc_id=vpc_id)
        entrance.security_group.connect("service", to=group, port=PORT, why="Requests")
        group.connect(
            "database", to=database.security_group, port=DATABASE_PORT, why="The service's queries"
        )
        told = {
            **environment,
            "STUDIO_DATABASE_HOST": database.address,
            "STUDIO_DATABASE_NAME": database.name,
            "STUDIO_PORT": str(PORT),
        }
        name = names.label(place, "core", limit=255)
        cluster = EcsCluster(
            self,
            "cluster",
            name=name,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            configuration=EcsClusterConfiguration(
                managed_storage_configuration=EcsClusterConfigurationManagedStorageConfiguration(
                    fargate_ephemeral_storage_kms_key_id=key_arn
                )
            ),
            tags=tags(name),
        )
        task = EcsTaskDefinition(
            self,
            "task",
            family=name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(int(runtime.cpu * 1024)),
            memory=str(runtime.memory),
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                operating_system_family="LINUX", cpu_architecture="X86_64"
            ),
            task_role_arn=task_role,
            execution_role_arn=execution_role,
            volume=[EcsTaskDefinitionVolume(name="scratch")],
            container_definitions=_container(
                image=f"{image_url}:released", log_group=log_group, region=place.region, told=told
            ),
            tags=tags(name),
        )
        EcsService(
            self,
            "service",
            name=name,
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=0,
            launch_type="FARGATE",
            platform_version="LATEST",
            enable_execute_command=False,
            propagate_tags="SERVICE",
            health_check_grace_period_seconds=60,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(
                enable=True, rollback=True
            ),
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=list(subnet_ids),
                security_groups=[group.id, *security_group_ids],
                assign_public_ip=False,
            ),
            load_balancer=[
                EcsServiceLoadBalancer(
                    target_group_arn=entrance.target_group_arn,
                    container_name="core",
                    container_port=PORT,
                )
            ],
            tags=tags(name),
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["desired_count", "task_definition"]
            ),
            # ECS refuses a target group that no listener uses.
            depends_on=[entrance.listener],
        )

    def _role(
        self, place: Scope, purpose: str, description: str, statements: Sequence[Statement]
    ) -> str:
        name = names.role(place, purpose)
        role = IamRole(
            self,
            purpose,
            name=name,
            description=description,
            assume_role_policy=service_trust(
                "ecs-tasks.amazonaws.com",
                source_account=place.account_id,
                source_arn=f"arn:{place.partition}:ecs:{place.region}:{place.account_id}:*",
            ),
            tags=tags(name),
        )
        IamRolePolicy(
            self, f"{purpose}-policy", name="studio", role=role.name, policy=document(*statements)
        )
        return str(role.arn)


def _container(*, image: str, log_group: str, region: str, told: Mapping[str, str]) -> str:
    container = {
        "name": "core",
        "image": image,
        "essential": True,
        "user": _USER,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "portMappings": [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}],
        "mountPoints": [
            {"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": False}  # noqa: S108
        ],
        "environment": [{"name": name, "value": told[name]} for name in sorted(told)],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": "core",
            },
        },
    }
    return json.dumps([container], sort_keys=True, separators=(",", ":"))
