"""Ways into and out of subnets, and what keeps them shut."""

from collections.abc import Iterator

from agent_studio.policies.facts.azure.core import is_core_app
from agent_studio.policies.facts.azure.groups import shuts
from agent_studio.policies.facts.azure.owned import is_firewall_address, owned
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed

_GROUP = "azurerm_network_security_group.id"
_SUBNET = "azurerm_subnet.id"
_TABLE = "azurerm_route_table.id"
_FIREWALL_SUBNET = "AzureFirewallSubnet"
_WORLD = "0.0.0.0/0"


def ways(resources: Resources, place: Place) -> Iterator[Fact]:
    """Whether subnets are guarded, runtimes leave through the firewall, and addresses are its."""
    of_firewall = {
        one.address
        for firewall in resources.of_type("azurerm_firewall")
        for block in firewall.blocks("ip_configuration")
        for one in [owned(resources, block.get("subnet_id"), _SUBNET)]
        if one is not None and one.values.get("name") == _FIREWALL_SUBNET
    }
    used = set[str]()
    for environment in resources.of_type("azurerm_container_app_environment"):
        subnet = owned(resources, environment.values.get("infrastructure_subnet_id"), _SUBNET)
        if subnet is None or not _leads_to_firewall(resources, subnet):
            yield connection(
                environment,
                kind="filter",
                what="no route leads what leaves this environment through the firewall",
            )
        used |= {subnet.address} if subnet is not None else set()
    for endpoint in resources.of_type("azurerm_private_endpoint"):
        subnet = owned(resources, endpoint.values.get("subnet_id"), _SUBNET)
        if subnet is not None:
            used.add(subnet.address)
            # Without it security groups pass private endpoints by (Private Link, "Manage network
            # policies for private endpoints").
            if subnet.values.get("private_endpoint_network_policies") != "Enabled":
                yield connection(
                    subnet, kind="filter", what="security groups pass its private endpoints by"
                )
    for subnet in resources.of_type("azurerm_subnet"):
        if subnet.address not in of_firewall - used:
            yield from _guarded(resources, subnet)
    yield from _routes(resources)
    yield from _public(resources, place)


def _guarded(resources: Resources, subnet: Resource) -> Iterator[Fact]:
    guards = [
        owned(resources, one.values.get("network_security_group_id"), _GROUP)
        for one in resources.of_type("azurerm_subnet_network_security_group_association")
        if owned(resources, one.values.get("subnet_id"), _SUBNET) is subnet
    ]
    if not guards or None in guards:
        yield connection(subnet, kind="filter", what="no security group guards this subnet")
    for group in guards:
        for direction in ("Inbound", "Outbound"):
            if group is not None and not shuts(group, direction):
                what = f"nothing denies what no rule admits ({direction})"
                yield connection(group, kind="filter", what=what)


def _leads_to_firewall(resources: Resources, subnet: Resource) -> bool:
    tables = [
        owned(resources, one.values.get("route_table_id"), _TABLE)
        for one in resources.of_type("azurerm_subnet_route_table_association")
        if owned(resources, one.values.get("subnet_id"), _SUBNET) is subnet
    ]
    return bool(tables) and all(
        table is not None
        and any(
            route.get("address_prefix") == _WORLD
            and route.get("next_hop_type") == "VirtualAppliance"
            and is_firewall_address(resources, route.get("next_hop_in_ip_address"))
            for route in table.blocks("route")
        )
        for table in tables
    )


def _routes(resources: Resources) -> Iterator[Fact]:
    for table in resources.of_type("azurerm_route_table"):
        for route in table.blocks("route"):
            own = route.get("next_hop_type") == "VirtualAppliance" and is_firewall_address(
                resources, route.get("next_hop_in_ip_address")
            )
            if not own:
                to = route.get("address_prefix")
                what = f"routes {to} past the firewall"
                yield connection(table, kind="filter", what=what, peer=str(to))


def _public(resources: Resources, place: Place) -> Iterator[Fact]:
    """Public addresses: the firewall's alone, which opens a way out and none in."""
    named = [
        owned(resources, block.get("public_ip_address_id"), "azurerm_public_ip.id")
        for firewall in resources.of_type("azurerm_firewall")
        for block in firewall.blocks("ip_configuration")
    ]
    for address in resources.of_type("azurerm_public_ip"):
        if all(one is not address for one in named):
            yield connection(address, kind="public", what="is a public address of no firewall")
    for environment in resources.of_type("azurerm_container_app"):
        # Who may call the core is judged with what else it is.
        if listed(environment.values.get("ingress")) and not is_core_app(place, environment):
            yield connection(environment, kind="public", what="takes calls (ingress)")
