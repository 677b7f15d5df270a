"""Routes and gateways: what leaves the network, and whether it passes the firewall."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.aws.network.connections import expressions, named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import UNKNOWN, known, listed, reference

_TABLES = ("aws_route_table", "aws_default_route_table")
_JOINING = (
    "vpc_peering_connection_id",
    "transit_gateway_id",
    "network_interface_id",
    "core_network_arn",
    "local_gateway_id",
    "carrier_gateway_id",
    "odb_network_arn",
)
"""Targets by which a route leads into another network."""

_ENDPOINT = re.compile(
    r"^\$\{one\(\[for (?P<each>\w+) in"
    r" (?P<firewall>aws_networkfirewall_firewall\.[\w-]+)\.firewall_status\[0\]\.sync_states :"
    r" (?P=each)\.attachment\[0\]\.endpoint_id(?: if [^?:\"]*)?\]\)\}$"
)
"""The endpoint of a firewall in a zone; an expression that could give another thing is none."""

_SUBNETS = ("subnet", "subnet_id", "subnet_ids", "subnets")
_PLUMBING = ("aws_nat_", "aws_network_acl", "aws_networkfirewall_", "aws_route_table")
"""Types that name a subnet and put nothing into it that speaks for itself."""


def routes(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every gateway and every route."""
    # Vault lies outside; which names are reached through a gateway is the firewall's to say.
    needed = place.vault is not None
    for gateway in resources.of_type("aws_internet_gateway"):
        yield connection(gateway, kind="gateway", what="opens a way to the internet", own=needed)
    for gateway in resources.of_type("aws_nat_gateway"):
        own = needed or gateway.values.get("connectivity_type") == "private"
        yield connection(gateway, kind="gateway", what="opens a way to the internet", own=own)
    for gateway in resources.of_type("aws_egress_only_internet_gateway"):
        yield connection(
            gateway, kind="filter", what="opens a way to the internet around the firewall"
        )
    guarded = _guarded_tables(resources)
    for resource, table, route in _routes(resources):
        on_guarded = table is None or table in guarded
        yield from _route(resources, resource, route, guarded=on_guarded, needed=needed)


def _routes(
    resources: Resources,
) -> Iterator[tuple[Resource, str | None, Mapping[str, Any]]]:
    for table in resources.of_type(*_TABLES):
        for route in table.blocks("route"):
            yield table, table.address, route
        if len(table.blocks("route")) != len(listed(table.values.get("route"))):
            yield table, table.address, {"gateway_id": UNKNOWN}
    for single in resources.of_type("aws_route"):
        found = named(resources, single.values.get("route_table_id"))
        yield single, found.address if found else None, single.values


def _route(
    resources: Resources,
    resource: Resource,
    route: Mapping[str, Any],
    *,
    guarded: bool,
    needed: bool,
) -> Iterator[Fact]:
    to = _destination(route)
    for name in _JOINING:
        if expressions(route.get(name)):
            yield connection(
                resource, kind="network", what=f"routes {to} into another network ({name})"
            )
    for value in expressions(route.get("vpc_endpoint_id")):
        own = _is_firewall(resources, value)
        unknown = "the endpoint of a route" if value is UNKNOWN else None
        yield connection(
            resource,
            kind="network",
            what=f"routes {to} to an endpoint that is not this stack's firewall",
            own=own,
            unknown=unknown,
        )
    for name in ("gateway_id", "nat_gateway_id", "egress_only_gateway_id"):
        for value in expressions(route.get(name)):
            if value != "local":
                yield _past(resources, resource, value, to, guarded=guarded, needed=needed)


def _past(
    resources: Resources,
    resource: Resource,
    value: Any,
    to: str,
    *,
    guarded: bool,
    needed: bool,
) -> Fact:
    target = named(resources, value)
    if guarded:
        return connection(
            resource,
            kind="filter",
            what=f"routes {to} around the firewall",
            unknown="the gateway of a route" if value is UNKNOWN else None,
        )
    gateway = target is not None and target.type in ("aws_internet_gateway", "aws_nat_gateway")
    return connection(
        resource,
        kind="gateway" if gateway else "network",
        what=f"routes {to} to the internet"
        if gateway
        else f"routes {to} to a gateway that is not this stack's",
        own=gateway and needed,
        unknown="the gateway of a route" if value is UNKNOWN else None,
    )


def _destination(route: Mapping[str, Any]) -> str:
    names = (
        "cidr_block",
        "ipv6_cidr_block",
        "destination_cidr_block",
        "destination_ipv6_cidr_block",
        "destination_prefix_list_id",
    )
    found = [str(route[name]) for name in names if route.get(name)]
    return found[0] if found else "traffic"


def _is_firewall(resources: Resources, value: Any) -> bool:
    found = _ENDPOINT.match(value) if isinstance(value, str) else None
    for firewall in resources.of_type("aws_networkfirewall_firewall"):
        if found is not None and found["firewall"] == firewall.address:
            return True
        if known(value) and any(
            path.endswith("endpoint_id") and text == value for path, text in firewall.texts
        ):
            return True
    return False


def _guarded_tables(resources: Resources) -> set[str]:
    """Tables whose routes must lead through the firewall.

    Those of every subnet but the ones that hold nothing except the firewall and the translators
    behind it; and every table that no subnet is seen to use, for one may use it unseen.
    """
    beyond: set[str] = set()
    for firewall in resources.of_type("aws_networkfirewall_firewall"):
        for mapping in firewall.blocks("subnet_mapping"):
            beyond |= _subnet(resources, mapping.get("subnet_id"))
    for translator in resources.of_type("aws_nat_gateway"):
        beyond |= _subnet(resources, translator.values.get("subnet_id"))
    used: set[str] = set()
    for resource in resources.all.values():
        if resource.type.startswith(_PLUMBING):
            continue
        for path, text in resource.texts:
            if path.rsplit(".", 1)[-1] in _SUBNETS:
                used |= _subnet(resources, text)
    free: set[str] = set()
    held: set[str] = set()
    for link in resources.of_type("aws_route_table_association"):
        table = named(resources, link.values.get("route_table_id"))
        if table is None:
            continue
        subnets = _subnet(resources, link.values.get("subnet_id"))
        if subnets and subnets <= beyond - used:
            free.add(table.address)
        else:
            held.add(table.address)
    main = {
        table.address
        for link in resources.of_type("aws_main_route_table_association")
        if (table := named(resources, link.values.get("route_table_id"))) is not None
    }
    return {t.address for t in resources.of_type(*_TABLES)} - (free - held - main)


def _subnet(resources: Resources, value: Any) -> set[str]:
    found = named(resources, value)
    if found is not None:
        return {found.address} if found.type == "aws_subnet" else set()
    return {str(value)} if isinstance(value, str) and reference(value) is None else set()
