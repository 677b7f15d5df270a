"""The cluster of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.ecs_cluster import (
    EcsCluster,
    EcsClusterConfiguration,
    EcsClusterConfigurationManagedStorageConfiguration,
    EcsClusterSetting,
)
from constructs import Construct

from agent_studio.constructs.aws.keys import OPERATIONS
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.names import aws as names

if TYPE_CHECKING:
    from agent_studio.constructs.aws.keys import CellKeys
    from agent_studio.estate import Cell

ID = "runtime-cluster"
"""The construct's id in the stack."""

INSIGHTS_DAYS = 365
"""Days that Container Insights' measurements are kept."""


class RuntimeCluster(Construct):
    """The one ECS cluster of a cell, which all of its runtimes share.

    A cluster on Fargate is a name and its settings; what isolates runtimes from each other is that
    each task has its own virtual machine, network interface, security group and roles (ECS
    Developer Guide, "Security considerations for Fargate").

    Guarantee: the disks of its tasks are encrypted with the cell's operations key; resource use of
    each container is measured; it opens no shell into a task, as no service of it enables one.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; `RuntimeCluster.of` takes `runtime-cluster`.
        cell: the cell.
        keys: the cell's keys.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        name = names.cluster(cell.scope)
        insights = names.insights_log_group(cell.scope)
        # Container Insights would make the group itself, with no key and no end.
        measurements = CloudwatchLogGroup(
            self,
            "insights",
            name=insights,
            retention_in_days=INSIGHTS_DAYS,
            kms_key_id=keys.key_id(OPERATIONS),
            tags=tags(insights),
        )
        cluster = EcsCluster(
            self,
            "cluster",
            name=name,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            configuration=EcsClusterConfiguration(
                managed_storage_configuration=EcsClusterConfigurationManagedStorageConfiguration(
                    fargate_ephemeral_storage_kms_key_id=keys.key_id(OPERATIONS)
                )
            ),
            tags=tags(name),
            depends_on=[measurements],
        )
        self.arn = cluster.arn
        """The cluster's ARN."""
        self.name = name
        """The cluster's name."""

    @classmethod
    def of(cls, scope: Construct, *, cell: Cell, keys: CellKeys) -> RuntimeCluster:
        """Give the cluster of the stack that holds `scope`, made when first asked for."""
        stack = TerraformStack.of(scope)
        found = stack.node.try_find_child(ID)
        return found if isinstance(found, cls) else cls(stack, ID, cell=cell, keys=keys)
