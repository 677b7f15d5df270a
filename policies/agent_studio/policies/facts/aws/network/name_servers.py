"""DHCP options: whom the machines of a network ask for names and for the time.

Arguments are those of the Terraform AWS provider's `aws_vpc_dhcp_options` and
`aws_vpc_dhcp_options_association`.
"""

from collections.abc import Iterator

from agent_studio.policies.facts.aws.network.connections import expressions, named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import UNKNOWN, known

_AMAZONS = {
    # argument -> the servers that are Amazon's own, within the network.
    "domain_name_servers": ("AmazonProvidedDNS",),
    "ntp_servers": ("169.254.169.123", "fd00:ec2::123"),
    "netbios_name_servers": (),
}
"""VPC User Guide, "DHCP option sets in Amazon VPC"; EC2 User Guide, "Amazon Time Sync Service"."""


def name_servers(resources: Resources) -> Iterator[Fact]:
    """Every server that is named, and every network that is told of some."""
    for options in resources.of_type("aws_vpc_dhcp_options"):
        for name, own in _AMAZONS.items():
            if options.values.get(name) is UNKNOWN:
                yield _server(options, name, None)
            for server in expressions(options.values.get(name)):
                yield _server(options, name, server if known(server) else None, own)
    for link in resources.of_type("aws_vpc_dhcp_options_association"):
        found = named(resources, link.values.get("dhcp_options_id"))
        own_options = found is not None and found.type == "aws_vpc_dhcp_options"
        unknown = None if own_options else "its DHCP options, which are not of this stack"
        yield connection(link, kind="filter", what="", own=True, unknown=unknown)


def _server(options: Resource, name: str, server: object | None, own: tuple[str, ...] = ()) -> Fact:
    return connection(
        options,
        kind="filter",
        # The DNS firewall sees only what Amazon's own server is asked.
        what=f"has every machine ask {server}, past the DNS firewall ({name})",
        peer=str(server or ""),
        own=server in own,
        unknown=None if server is not None else f"the servers in {name}",
    )
