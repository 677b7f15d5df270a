"""The ECS service of a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceNetworkConfiguration,
)

from agent_studio.constructs.aws.tags import tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct


def add_service(
    scope: Construct,
    *,
    name: str,
    cluster_arn: str,
    task_definition_arn: str,
    subnet_ids: Sequence[str],
    security_group_id: str,
    own_tags: Mapping[str, str],
) -> EcsService:
    """Add the service that keeps a runtime's instances running.

    It starts with no instance. Terraform leaves the task definition and the number of instances
    alone from then on: releases set the one, scaling the other.

    Args:
        scope: the runtime.
        name: the service's name.
        cluster_arn: the cell's cluster.
        task_definition_arn: the template that releases start from.
        subnet_ids: the cell's private subnets.
        security_group_id: the runtime's own group.
        own_tags: tags that its tasks carry too, and by which costs are told apart.
    """
    return EcsService(
        scope,
        "service",
        name=name,
        cluster=cluster_arn,
        task_definition=task_definition_arn,
        desired_count=0,
        launch_type="FARGATE",
        platform_version="LATEST",
        scheduling_strategy="REPLICA",
        availability_zone_rebalancing="ENABLED",
        deployment_minimum_healthy_percent=100,
        deployment_maximum_percent=200,
        deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
        enable_execute_command=False,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        network_configuration=EcsServiceNetworkConfiguration(
            subnets=list(subnet_ids),
            security_groups=[security_group_id],
            assign_public_ip=False,
        ),
        tags={**tags(name), **own_tags},
        lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_count", "task_definition"]),
    )
