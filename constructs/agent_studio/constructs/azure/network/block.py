"""The network of a cell."""

from __future__ import annotations

from typing import ClassVar

from cdktf import TerraformStack
from cdktf_cdktf_provider_azurerm.network_security_group import NetworkSecurityGroup
from cdktf_cdktf_provider_azurerm.private_dns_zone import PrivateDnsZone
from cdktf_cdktf_provider_azurerm.private_dns_zone_virtual_network_link import (
    PrivateDnsZoneVirtualNetworkLink,
)
from cdktf_cdktf_provider_azurerm.private_endpoint import (
    PrivateEndpoint,
    PrivateEndpointPrivateDnsZoneGroup,
    PrivateEndpointPrivateServiceConnection,
)
from cdktf_cdktf_provider_azurerm.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_azurerm.subnet import (
    Subnet,
    SubnetDelegation,
    SubnetDelegationServiceDelegation,
)
from cdktf_cdktf_provider_azurerm.subnet_network_security_group_association import (
    SubnetNetworkSecurityGroupAssociation,
)
from cdktf_cdktf_provider_azurerm.subnet_route_table_association import (
    SubnetRouteTableAssociation,
)
from cdktf_cdktf_provider_azurerm.virtual_network import VirtualNetwork
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.network.addresses import carve
from agent_studio.constructs.azure.network.firewall import NameFirewall
from agent_studio.constructs.azure.network.rules import INSIDE, endpoint_rules, runtime_rules
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.vault_host import vault_host
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

ZONES = {
    "account": "privatelink.openai.azure.com",
    "blob": "privatelink.blob.core.windows.net",
    "namespace": "privatelink.servicebus.windows.net",
    "postgresqlServer": "privatelink.postgres.database.azure.com",
    "registry": "privatelink.azurecr.io",
    "vault": "privatelink.vaultcore.azure.net",
}
"""Subresource -> private DNS zone (Private Link, "Azure Private Endpoint private DNS zone values",
commercial clouds)."""


class CellNetwork(Construct):
    """The private network of a cell.

    Guarantee: the subnets of runtimes and endpoints have security groups that end with refusing
    everything in and out. They admit the runtimes to each other, to the cell's private endpoints,
    to Azure's DNS and, on port 443, towards the service tags that the platform itself needs; where
    a runtime declares egress, towards the internet; on Vault's port, too. No subnet has Azure's
    default way out: all that leaves passes a firewall, which admits TLS to the names that runtimes
    declare and to the platform's on port 443, and to the jurisdiction's Vault cluster on its port
    alone, and logs each decision. All runtimes of the cell share that way out. Names are looked up
    at Azure's own DNS, which filters none of them.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys; their vault is reached through an endpoint in this network.

    Raises:
        StudioError: the cell's network cannot be carved into subnets, or Vault has an address for
            a name.
    """

    PORTS: ClassVar[tuple[str, ...]] = INSIDE
    """The ports on which what runs reaches private endpoints."""

    CALLED: ClassVar[bool] = False
    """Whether hosts of the network may call what runs in it."""

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        self._cell = cell
        self._group = CellGroup.of(self, cell=cell).name
        self._zones: dict[str, tuple[PrivateDnsZone, PrivateDnsZoneVirtualNetworkLink]] = {}
        addresses = carve(cell.network)
        egress = any(each.egress for each in cell.runtimes)
        vault = vault_host(cell)
        network = VirtualNetwork(
            self,
            "network",
            name=names.network(cell.scope),
            location=cell.region.name,
            resource_group_name=self._group,
            address_space=[str(cell.network)],
            tags=tags(cell, "network"),
        )
        self.network_id: str = network.id
        """The virtual network's resource id."""
        runtimes = Subnet(
            self,
            "runtimes",
            name=names.subnet("runtimes"),
            resource_group_name=self._group,
            virtual_network_name=network.name,
            address_prefixes=[str(addresses.runtimes)],
            default_outbound_access_enabled=False,
            delegation=[
                SubnetDelegation(
                    name="container-apps",
                    service_delegation=SubnetDelegationServiceDelegation(
                        name="Microsoft.App/environments",
                        actions=["Microsoft.Network/virtualNetworks/subnets/join/action"],
                    ),
                )
            ],
        )
        endpoints = Subnet(
            self,
            "endpoints",
            name=names.subnet("endpoints"),
            resource_group_name=self._group,
            virtual_network_name=network.name,
            address_prefixes=[str(addresses.endpoints)],
            default_outbound_access_enabled=False,
            # Without it security groups pass private endpoints by.
            private_endpoint_network_policies="Enabled",
        )
        self.subnet_ids: list[str] = [runtimes.id]
        """The runtimes' subnet; it spans the region's zones."""
        self.endpoint_subnet_id: str = endpoints.id
        """The private endpoints' subnet."""
        callers = str(cell.network) if self.CALLED else None
        inward = runtime_rules(
            addresses,
            egress=egress,
            ports=self.PORTS,
            callers=callers,
            vault_port=vault.port if vault else None,
        )
        for subnet, purpose, rules in (
            (runtimes, "runtimes", inward),
            (endpoints, "endpoints", endpoint_rules(addresses, ports=self.PORTS)),
        ):
            group = NetworkSecurityGroup(
                self,
                f"{purpose}-group",
                name=names.label(cell.scope, purpose, limit=80),
                location=cell.region.name,
                resource_group_name=self._group,
                security_rule=rules,
                tags=tags(cell, purpose),
            )
            SubnetNetworkSecurityGroupAssociation(
                self,
                f"{purpose}-guard",
                subnet_id=subnet.id,
                network_security_group_id=group.id,
            )
        firewall = NameFirewall(
            self, "egress", cell=cell, keys=keys, network_name=network.name, addresses=addresses
        )
        table = RouteTable(
            self,
            "routes",
            name=names.label(cell.scope, "egress", limit=80),
            location=cell.region.name,
            resource_group_name=self._group,
            bgp_route_propagation_enabled=False,
            route=[
                RouteTableRoute(
                    name="out",
                    address_prefix="0.0.0.0/0",
                    next_hop_type="VirtualAppliance",
                    next_hop_in_ip_address=firewall.private_address,
                )
            ],
            tags=tags(cell, "egress"),
        )
        self.route: SubnetRouteTableAssociation = SubnetRouteTableAssociation(
            self, "runtimes-routes", subnet_id=runtimes.id, route_table_id=table.id
        )
        """What a runtime's environment depends on: the way out that it has."""
        self.connect(self, "vault-endpoint", "vault", keys.vault_id, purpose="keys")

    @classmethod
    def of(cls, scope: Construct) -> CellNetwork:
        """Give the network of the stack that holds `scope`.

        Raises:
            KeyError: the stack has none yet.
        """
        stack = TerraformStack.of(scope)
        for each in stack.node.children:
            if isinstance(each, cls):
                return each
        message = f"stack {stack.node.id} has no network yet"
        raise KeyError(message)

    def connect(
        self, scope: Construct, id_: str, subresource: str, resource_id: str, *, purpose: str
    ) -> PrivateEndpoint:
        """Give a service's resource an address inside the network, by the name it has outside.

        Args:
            scope: the block that owns the resource.
            id_: the endpoint's id within it.
            subresource: `account`, `blob`, `namespace`, `postgresqlServer`, `registry` or `vault`.
            resource_id: the resource.
            purpose: what the endpoint's name is made of.
        """
        name = names.label(self._cell.scope, f"{purpose}-{subresource}", limit=80)
        zone, link = self._zone(subresource)
        return PrivateEndpoint(
            scope,
            id_,
            name=name,
            location=self._cell.region.name,
            resource_group_name=self._group,
            subnet_id=self.endpoint_subnet_id,
            private_service_connection=PrivateEndpointPrivateServiceConnection(
                name=name,
                is_manual_connection=False,
                private_connection_resource_id=resource_id,
                subresource_names=[subresource],
            ),
            private_dns_zone_group=PrivateEndpointPrivateDnsZoneGroup(
                name="zone", private_dns_zone_ids=[zone.id]
            ),
            tags=tags(self._cell, purpose),
            # Whoever waits for the endpoint finds it by its name.
            depends_on=[link],
        )

    def _zone(self, subresource: str) -> tuple[PrivateDnsZone, PrivateDnsZoneVirtualNetworkLink]:
        if subresource not in self._zones:
            zone = PrivateDnsZone(
                self,
                f"zone-{subresource}",
                name=ZONES[subresource],
                resource_group_name=self._group,
                tags=tags(self._cell, f"zone-{subresource}"),
            )
            link = PrivateDnsZoneVirtualNetworkLink(
                self,
                f"zone-{subresource}-link",
                name=names.label(self._cell.scope, subresource, limit=80),
                resource_group_name=self._group,
                private_dns_zone_name=zone.name,
                virtual_network_id=self.network_id,
                registration_enabled=False,
                tags=tags(self._cell, f"zone-{subresource}"),
            )
            self._zones[subresource] = zone, link
        return self._zones[subresource]
