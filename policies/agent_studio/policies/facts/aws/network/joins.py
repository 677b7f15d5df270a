"""What joins a stack's network to another: peerings, lines, endpoints, forwarded names."""

import re
from collections.abc import Iterator

from agent_studio.policies.facts.aws.network.connections import expressions, named
from agent_studio.policies.facts.aws.network.ranges import cidr
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import inside
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import known, on

_JOINING = {
    # start of the type -> what such resources are, as messages say it.
    "aws_customer_gateway": "a VPN",
    "aws_dx_": "a Direct Connect line",
    "aws_ec2_carrier_gateway": "a carrier's gateway",
    "aws_ec2_client_vpn_": "a VPN",
    "aws_ec2_instance_connect_endpoint": "a way in to its machines",
    "aws_ec2_local_gateway": "a local gateway",
    "aws_ec2_transit_gateway": "a transit gateway",
    "aws_networkmanager_": "a global network",
    "aws_ram_": "a share with other accounts",
    "aws_route53_resolver_endpoint": "a resolver for other networks",
    "aws_route53_resolver_rule": "names that others answer",
    "aws_route53_vpc_association_authorization": "its names for another network",
    "aws_route53_zone_association": "another network's names",
    "aws_route53profiles_": "shared names",
    "aws_verifiedaccess_": "a way in from outside",
    "aws_vpc_endpoint_connection_accepter": "a consumer of its own service",
    "aws_vpc_endpoint_service": "a service for other networks",
    "aws_vpc_peering_connection": "a peering",
    "aws_vpclattice_": "a service network",
    "aws_vpn_": "a VPN",
}
_SERVICE = re.compile(r"^com\.amazonaws\.([a-z0-9-]+)\.(?!vpce)[a-z0-9.-]+$")
_KINDS = (None, "Gateway", "Interface")
_RANGES = ("aws_vpc", "aws_subnet", "aws_vpc_ipv4_cidr_block_association")


def joins(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every tie to another network."""
    for resource in resources.all.values():
        what = next((w for start, w in _JOINING.items() if resource.type.startswith(start)), None)
        if what is not None:
            yield connection(
                resource, kind="network", what=f"joins this network to another ({what})"
            )
        elif resource.type in _RANGES:
            yield from _range(resources, place, resource)
        elif resource.type == "aws_vpc_endpoint":
            yield from _endpoint(resources, place, resource)
        elif resource.type == "aws_ecs_service":
            yield from _service(resource)


def _service(service: Resource) -> Iterator[Fact]:
    if expressions(service.values.get("vpc_lattice_configurations")):
        what = "offers its tasks to a service network (vpc_lattice_configurations)"
        yield connection(service, kind="network", what=what)
    shell = service.values.get("enable_execute_command")
    # The session runs over Systems Manager, past every security group (ECS Developer Guide,
    # "Monitor Amazon ECS containers with ECS Exec").
    yield connection(
        service,
        kind="network",
        what="opens a shell into its tasks from outside (enable_execute_command)",
        own=not on(shell),
        unknown=None if known(shell) else "enable_execute_command",
    )


def _range(resources: Resources, place: Place, resource: Resource) -> Iterator[Fact]:
    for value in expressions(resource.values.get("cidr_block")):
        text = cidr(resources, value)
        yield connection(
            resource,
            kind="network",
            what=f"takes the address range {text}, which the estate does not give to this stack",
            peer=text or "",
            own=text is not None and inside(place, text),
            unknown=None if text else "the address range",
        )


def _endpoint(resources: Resources, place: Place, endpoint: Resource) -> Iterator[Fact]:
    name = endpoint.values.get("service_name")
    text = name if isinstance(name, str) and known(name) else None
    found = _SERVICE.match(text) if text else None
    region = endpoint.values.get("service_region")
    own = found is not None and found[1] == place.region and region in (None, place.region)
    kind = endpoint.values.get("vpc_endpoint_type")
    other = next(
        (
            each
            for each in ("resource_configuration_arn", "service_network_arn")
            if expressions(endpoint.values.get(each))
        ),
        None,
    )
    yield connection(
        endpoint,
        kind="network",
        what=f"is an endpoint of {text or other or kind}, which is no service of AWS in"
        f" {place.region}",
        peer=text or "",
        own=own and kind in _KINDS and other is None,
        unknown=None if text or other else "the service of an endpoint",
    )
    policies = [
        one
        for one in resources.of_type("aws_vpc_endpoint_policy")
        if named(resources, one.values.get("vpc_endpoint_id")) is endpoint
    ]
    if own:
        yield connection(
            endpoint,
            kind="network",
            what="has no policy, so that everyone reaches every resource through it",
            own=bool(endpoint.values.get("policy")) or bool(policies),
        )
