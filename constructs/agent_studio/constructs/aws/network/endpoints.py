"""The ways from the cell's subnets to AWS services, without the internet."""

from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupIngress
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from agent_studio.constructs.aws.network import services
from agent_studio.constructs.aws.network.private import PrivateNetwork
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.endpoint import HTTPS
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names


class Endpoints(Construct):
    """A gateway endpoint for S3 and an interface endpoint for each other service of the cell.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        private: the VPC and its subnets.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, private: PrivateNetwork) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        vpc_id = private.vpc.id
        s3 = VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=services.service_name(cell, "s3"),
            route_table_ids=[table.id for table in private.tables],
            policy=services.gateway_policy(cell),
            tags=tags(names.label(place, "s3", limit=255)),
        )
        self.s3_prefix_list_id = s3.prefix_list_id
        group_name = names.label(place, "endpoints", limit=255)
        group = SecurityGroup(
            self,
            "group",
            name=group_name,
            description="Endpoints of AWS services",
            vpc_id=vpc_id,
            ingress=[
                SecurityGroupIngress(
                    description="TLS from the private subnets",
                    protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    cidr_blocks=[str(subnet.cidr_block_input) for subnet in private.subnets],
                )
            ],
            tags=tags(group_name),
        )
        group.add_override("egress", [])
        self.security_group_id = group.id
        for service in services.interface_services(cell):
            VpcEndpoint(
                self,
                service.replace(".", "-"),
                vpc_id=vpc_id,
                vpc_endpoint_type="Interface",
                service_name=services.service_name(cell, service),
                subnet_ids=[subnet.id for subnet in private.subnets],
                security_group_ids=[group.id],
                private_dns_enabled=True,
                policy=services.interface_policy(cell, service),
                tags=tags(names.label(place, service.replace(".", "-"), limit=255)),
            )
