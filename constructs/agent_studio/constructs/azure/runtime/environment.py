"""Where the runtimes of a cell run: one Container Apps environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_azurerm.container_app_environment import (
    ContainerAppEnvironment,
    ContainerAppEnvironmentWorkloadProfile,
)
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import log_everything
from agent_studio.constructs.azure.zones import zones
from agent_studio.estate.names import azure as names

if TYPE_CHECKING:
    from agent_studio.constructs.azure.keys import CellKeys
    from agent_studio.constructs.azure.network import CellNetwork
    from agent_studio.estate import Cell

PROFILE = "Consumption"
"""The workload profile in which every replica is a virtual machine of its own (Azure Container
Apps, "Workload profiles in Azure Container Apps")."""

_ID = "environment"


class CellEnvironment(Construct):
    """The one Container Apps environment of a cell.

    Guarantee: it lies in the cell's network, over the region's zones where it has any, has no
    public address and answers on no public network. All that leaves it takes the cell's own way
    out. What its containers write goes into the cell's workspace.

    Args:
        scope: the cell's stack.
        id_: the id within the stack; `CellEnvironment.of` takes `environment`.
        cell: the cell.
        keys: the cell's keys.
        network: the cell's network.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, network: CellNetwork
    ) -> None:
        super().__init__(scope, id_)
        environment = ContainerAppEnvironment(
            self,
            "environment",
            name=names.container_environment(cell.scope),
            location=cell.region.name,
            resource_group_name=CellGroup.of(self, cell=cell).name,
            infrastructure_resource_group_name=names.label(cell.scope, "managed", limit=90),
            infrastructure_subnet_id=network.subnet_ids[0],
            internal_load_balancer_enabled=True,
            public_network_access="Disabled",
            zone_redundancy_enabled=zones(cell.region.name) is not None,
            mutual_tls_enabled=True,
            logs_destination="azure-monitor",
            workload_profile=[
                ContainerAppEnvironmentWorkloadProfile(name=PROFILE, workload_profile_type=PROFILE)
            ],
            tags=tags(cell, "runtimes"),
            depends_on=[network.route],
        )
        self.environment_id: str = environment.id
        """The environment's resource id."""
        self.address: str = environment.static_ip_address
        """The address at which its apps are called, within the network; a reference."""
        self.proof: str = environment.custom_domain_verification_id
        """What shows in a domain's records that the domain is its owner's; a reference."""
        log_everything(self, "logging", cell=cell, keys=keys, target=environment.id)

    @classmethod
    def of(
        cls, scope: Construct, *, cell: Cell, keys: CellKeys, network: CellNetwork
    ) -> CellEnvironment:
        """Give the environment of the stack that holds `scope`, made when first asked for."""
        stack = TerraformStack.of(scope)
        found = stack.node.try_find_child(_ID)
        if isinstance(found, cls):
            return found
        return cls(stack, _ID, cell=cell, keys=keys, network=network)
