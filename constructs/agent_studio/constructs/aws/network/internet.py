"""The one way out: through a firewall that admits the declared names and Vault's alone.

Private subnet -> firewall endpoint -> address translator -> internet gateway, in each zone; the
answers come back through the same firewall endpoint (Network Firewall Developer Guide,
"Architecture with an internet gateway and a NAT gateway").
"""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.network_acl import NetworkAcl
from cdktf_cdktf_provider_aws.networkfirewall_firewall import NetworkfirewallFirewall
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from agent_studio.constructs.aws.network.addresses import ZoneAddresses
from agent_studio.constructs.aws.network.egress import further_ports
from agent_studio.constructs.aws.network.firewall import DomainFirewall
from agent_studio.constructs.aws.network.private import (
    ANYWHERE,
    PrivateNetwork,
    admit_in,
    admit_out,
)
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.endpoint import HTTPS
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

TRANSLATED = (1024, 65535)
"""Source ports of a NAT gateway (VPC User Guide, "NAT gateway basics")."""


class InternetPath(Construct):
    """An internet gateway, and a firewall endpoint and a translator in each zone before it.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        private: the VPC and its private subnets.
        addresses: the address ranges of each zone.
        zones: the zone ids, in the same order.
        key_arn: the key that encrypts the firewall's rules and its log.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        private: PrivateNetwork,
        addresses: Sequence[ZoneAddresses],
        zones: Sequence[str],
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        self._cell, self._private = cell, private
        name = names.label(cell.scope, "internet", limit=255)
        gateway = InternetGateway(self, "gateway", vpc_id=private.vpc.id, tags=tags(name))
        walls = [
            self._subnet(f"firewall-{index}", str(ranges.firewall), zone)
            for index, (ranges, zone) in enumerate(zip(addresses, zones, strict=True))
        ]
        publics = [
            self._subnet(f"public-{index}", str(ranges.public), zone)
            for index, (ranges, zone) in enumerate(zip(addresses, zones, strict=True))
        ]
        self._access_list([*walls, *publics])
        firewall = DomainFirewall(
            self,
            "firewall",
            cell=cell,
            vpc_id=private.vpc.id,
            subnet_ids=[subnet.id for subnet in walls],
            key_arn=key_arn,
        )
        for index, (wall, public) in enumerate(zip(walls, publics, strict=True)):
            endpoint = endpoint_in(firewall.firewall, wall)
            translator = self._translator(index, public, gateway)
            private.tables[index].put_route(
                [RouteTableRoute(cidr_block=ANYWHERE, vpc_endpoint_id=endpoint)]
            )
            self._table(
                f"firewall-{index}",
                wall,
                [RouteTableRoute(cidr_block=ANYWHERE, nat_gateway_id=translator.id)],
            )
            self._table(
                f"public-{index}",
                public,
                [
                    RouteTableRoute(cidr_block=ANYWHERE, gateway_id=gateway.id),
                    RouteTableRoute(
                        cidr_block=str(addresses[index].private), vpc_endpoint_id=endpoint
                    ),
                ],
            )

    def _subnet(self, id_: str, network: str, zone: str) -> Subnet:
        return Subnet(
            self,
            id_,
            vpc_id=self._private.vpc.id,
            cidr_block=network,
            availability_zone_id=zone,
            map_public_ip_on_launch=False,
            tags=tags(names.label(self._cell.scope, id_, limit=255)),
            lifecycle=TerraformResourceLifecycle(ignore_changes=["availability_zone_id"]),
        )

    def _translator(self, index: int, public: Subnet, gateway: InternetGateway) -> NatGateway:
        name = names.label(self._cell.scope, f"translator-{index}", limit=255)
        address = Eip(self, f"address-{index}", domain="vpc", tags=tags(name))
        return NatGateway(
            self,
            f"translator-{index}",
            allocation_id=address.allocation_id,
            subnet_id=public.id,
            tags=tags(name),
            depends_on=[gateway],
        )

    def _table(self, id_: str, subnet: Subnet, routes: Sequence[RouteTableRoute]) -> None:
        name = names.label(self._cell.scope, id_, limit=255)
        table = RouteTable(
            self, f"{id_}-routes", vpc_id=self._private.vpc.id, route=routes, tags=tags(name)
        )
        RouteTableAssociation(
            self, f"{id_}-association", subnet_id=subnet.id, route_table_id=table.id
        )

    def _access_list(self, subnets: Sequence[Subnet]) -> None:
        inside = str(self._cell.network)
        low, high = TRANSLATED
        further = further_ports(self._cell)
        NetworkAcl(
            self,
            "access-list",
            vpc_id=self._private.vpc.id,
            subnet_ids=[subnet.id for subnet in subnets],
            ingress=[
                admit_in(100, inside, HTTPS, HTTPS),
                *(admit_in(110, inside, port, port) for port in further),
                admit_in(200, ANYWHERE, low, high),
            ],
            egress=[
                admit_out(100, ANYWHERE, HTTPS, HTTPS),
                *(admit_out(110, ANYWHERE, port, port) for port in further),
                admit_out(200, inside, low, high),
            ],
            tags=tags(names.label(self._cell.scope, "egress", limit=255)),
        )


def endpoint_in(firewall: NetworkfirewallFirewall, subnet: Subnet) -> str:
    """Give a reference to the firewall's endpoint in a subnet; the provider lists them as a set."""
    states = f"{firewall.fqn}.firewall_status[0].sync_states"
    attached = "state.attachment[0]"
    return (
        f"${{one([for state in {states} : {attached}.endpoint_id "
        f"if {attached}.subnet_id == {subnet.fqn}.id])}}"
    )
