"""The VPC and its private subnets, from which nothing leads out."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.default_network_acl import DefaultNetworkAcl
from cdktf_cdktf_provider_aws.default_route_table import DefaultRouteTable
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.network_acl import (
    NetworkAcl,
    NetworkAclEgress,
    NetworkAclIngress,
)
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from agent_studio.constructs.aws.network.addresses import ZoneAddresses
from agent_studio.constructs.aws.network.egress import further_ports
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.endpoint import HTTPS
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

ANYWHERE = "0.0.0.0/0"
EPHEMERAL = (32768, 65535)
"""Source ports of Linux, hence of Fargate's tasks (VPC User Guide, "Ephemeral ports")."""


class PrivateNetwork(Construct):
    """The VPC, a private subnet and a route table in each zone, and the defaults emptied.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        addresses: the address ranges of each zone.
        zones: the zone ids, in the same order.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        addresses: Sequence[ZoneAddresses],
        zones: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        self.vpc = Vpc(
            self,
            "vpc",
            cidr_block=str(cell.network),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags(names.label(place, "network", limit=255)),
        )
        self._empty_defaults(cell)
        self.subnets: list[Subnet] = []
        self.tables: list[RouteTable] = []
        for index, (ranges, zone) in enumerate(zip(addresses, zones, strict=True)):
            name = names.label(place, f"private-{index}", limit=255)
            subnet = Subnet(
                self,
                f"private-{index}",
                vpc_id=self.vpc.id,
                cidr_block=str(ranges.private),
                availability_zone_id=zone,
                map_public_ip_on_launch=False,
                tags=tags(name),
                lifecycle=TerraformResourceLifecycle(ignore_changes=["availability_zone_id"]),
            )
            table = RouteTable(self, f"private-{index}-routes", vpc_id=self.vpc.id, tags=tags(name))
            RouteTableAssociation(
                self,
                f"private-{index}-association",
                subnet_id=subnet.id,
                route_table_id=table.id,
            )
            self.subnets.append(subnet)
            self.tables.append(table)
        self._access_list(cell)

    def close(self) -> None:
        """Leave no route out of the private subnets, and say so: one added by hand is drift."""
        for table in self.tables:
            table.add_override("route", [])

    def _empty_defaults(self, cell: Cell) -> None:
        place = cell.scope
        group = DefaultSecurityGroup(
            self,
            "default-group",
            vpc_id=self.vpc.id,
            tags=tags(names.label(place, "default-closed", limit=255)),
        )
        group.add_override("ingress", [])
        group.add_override("egress", [])
        DefaultNetworkAcl(
            self,
            "default-access-list",
            default_network_acl_id=self.vpc.default_network_acl_id,
            tags=tags(names.label(place, "default-closed", limit=255)),
            # AWS gives it each subnet that no other list claims; the provider would fight over it.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["subnet_ids"]),
        )
        table = DefaultRouteTable(
            self,
            "default-routes",
            default_route_table_id=self.vpc.default_route_table_id,
            tags=tags(names.label(place, "default-closed", limit=255)),
        )
        table.add_override("route", [])

    def _access_list(self, cell: Cell) -> None:
        # S3's gateway endpoint answers from public addresses, which no access list can name.
        inside = str(cell.network)
        low, high = EPHEMERAL
        further = further_ports(cell)
        NetworkAcl(
            self,
            "access-list",
            vpc_id=self.vpc.id,
            subnet_ids=[subnet.id for subnet in self.subnets],
            ingress=[
                # Within the network the security groups say who reaches whom, and on which port.
                admit_in(100, inside, 1, high),
                admit_in(200, ANYWHERE, low, high),
            ],
            egress=[
                admit_out(100, inside, 1, high),
                admit_out(200, ANYWHERE, HTTPS, HTTPS),
                # An access list knows no names: the firewall holds this port to Vault's.
                *(admit_out(210, ANYWHERE, port, port) for port in further),
            ],
            tags=tags(names.label(cell.scope, "private", limit=255)),
        )


def admit_in(number: int, source: str, low: int, high: int) -> NetworkAclIngress:
    """Admit TCP to ports `low` to `high` from a range of addresses."""
    return NetworkAclIngress(
        rule_no=number,
        action="allow",
        protocol="tcp",
        cidr_block=source,
        from_port=low,
        to_port=high,
    )


def admit_out(number: int, target: str, low: int, high: int) -> NetworkAclEgress:
    """Admit TCP to ports `low` to `high` of a range of addresses."""
    return NetworkAclEgress(
        rule_no=number,
        action="allow",
        protocol="tcp",
        cidr_block=target,
        from_port=low,
        to_port=high,
    )
