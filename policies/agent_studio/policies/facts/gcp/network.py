"""Doors in, ways out, and what keeps them shut."""

from collections.abc import Iterator
from typing import Any

from agent_studio.estate.endpoint import HTTPS
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import within
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed

RESTRICTED = "199.36.153.4/30"
"""Google's services for private networks (VPC, "Private Google Access", restricted range)."""

_RULE = "google_compute_region_network_firewall_policy_rule"
_WORLD = "0.0.0.0/0"


def network(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every rule, route and translator, and whether each network is shut by a policy."""
    for rule in resources.of_type(_RULE):
        yield from _rule(place, rule)
    for route in resources.of_type("google_compute_route"):
        yield from _route(place, route)
    # Vault lies outside; which names are reached there is the firewall's to say.
    needed = place.vault is not None
    for translator in resources.of_type("google_compute_router_nat"):
        what = "translates addresses for the internet"
        yield connection(translator, kind="gateway", what=what, own=needed)
    for zone in resources.of_type("google_dns_managed_zone"):
        if str(zone.values.get("visibility")).lower() == "public" and not _of_core(place, zone):
            yield connection(zone, kind="public", what="answers everyone who asks for its names")
        name = str(zone.values.get("dns_name")).rstrip(".")
        if zone.values.get("forwarding_config") and not place.resolves(name):
            yield connection(zone, kind="name", what="by asking public name servers", peer=name)
    for each in resources.of_type("google_compute_network"):
        yield from _shut(resources, each)


def _of_core(place: Place, zone: Resource) -> bool:
    """Whether a zone is that of the core's domain, which the core alone may show to the world."""
    return bool(place.domain) and zone.values.get("dns_name") == f"{place.domain}."


def _rule(place: Place, rule: Resource) -> Iterator[Fact]:
    if rule.values.get("action") == "deny":
        return
    if rule.values.get("direction") == "INGRESS":
        for range_ in _ranges(rule, "src_ip_ranges") or [_WORLD]:
            if not _inside(place, range_):
                yield connection(rule, kind="ingress", what="by a firewall rule", peer=range_)
        return
    ports = _tcp_ports(rule)
    names = [str(each).rstrip(".") for each in listed(rule.get("match", "dest_fqdns"))]
    for name in names:
        declared = all(place.admits(name, port) for port in ports)
        yield connection(
            rule,
            kind="egress",
            what="by a firewall rule",
            peer=name,
            tls=bool(ports) and ports <= place.ports,
            declared=declared,
        )
    ranges = _ranges(rule, "dest_ip_ranges")
    for range_ in ranges or ([] if names else [_WORLD]):
        if not _inside(place, range_) and not (_restricted(range_) and ports == {HTTPS}):
            yield connection(rule, kind="egress", what="by a firewall rule", peer=range_)


def _ranges(rule: Resource, name: str) -> list[str]:
    return [str(each) for each in listed(rule.get("match", name))]


def _ports(rule: Resource) -> list[Any]:
    return [one for block in rule.blocks("match") for one in listed(block.get("layer4_configs"))]


def _tcp_ports(rule: Resource) -> frozenset[int]:
    """The ports of TCP that a rule is for; none where it is for a range, or another protocol."""
    found = set[int]()
    for one in _ports(rule):
        told = [str(port) for port in listed(one.get("ports"))] if isinstance(one, dict) else []
        tcp = isinstance(one, dict) and str(one.get("ip_protocol")).lower() in ("tcp", "6")
        if not tcp or not told or not all(port.isdigit() for port in told):
            return frozenset()
        found |= {int(port) for port in told}
    return frozenset(found)


def _route(place: Place, route: Resource) -> Iterator[Fact]:
    range_ = str(route.values.get("dest_range"))
    if not _restricted(range_) and not _inside(place, range_):
        what = f"routes {range_} to the internet"
        yield connection(route, kind="gateway", what=what, own=place.vault is not None)


def _shut(resources: Resources, each: Resource) -> Iterator[Fact]:
    """A network with no policy, or with one that does not deny the rest, is open to the world."""
    names = [each.values.get("id"), each.values.get("self_link")]
    tied = any(
        resources.referred(one.values.get("attachment_target")) is each
        or one.values.get("attachment_target") in [name for name in names if name]
        for one in resources.of_type("google_compute_region_network_firewall_policy_association")
    )
    if not tied:
        yield connection(each, kind="filter", what="no firewall policy guards this network")
    for direction, name in (("INGRESS", "src_ip_ranges"), ("EGRESS", "dest_ip_ranges")):
        denied = any(
            rule.values.get("action") == "deny"
            and rule.values.get("direction") == direction
            and _WORLD in _ranges(rule, name)
            and _everything(rule)
            for rule in resources.of_type(_RULE)
        )
        if not denied:
            yield connection(
                each, kind="filter", what=f"nothing denies what no rule admits ({direction})"
            )


def _everything(rule: Resource) -> bool:
    narrowed = any(listed(block.get("dest_fqdns")) for block in rule.blocks("match"))
    return not narrowed and any(
        isinstance(one, dict) and one.get("ip_protocol") == "all" and not one.get("ports")
        for one in _ports(rule)
    )


def _inside(place: Place, range_: str) -> bool:
    return within(range_, place.networks, exact=True)


def _restricted(range_: str) -> bool:
    return within(range_, [RESTRICTED], exact=True)
