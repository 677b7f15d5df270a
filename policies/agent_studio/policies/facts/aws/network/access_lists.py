"""Network access lists: what they let into subnets, and out of them.

A list keeps no state (VPC User Guide, "Network ACLs"): the replies to what a stack asks for outside
come in by an entry of their own, to a port that the asking side chose. Arguments are those of the
Terraform AWS provider's `aws_network_acl` and `aws_network_acl_rule`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.aws.network.ranges import cidr
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import inside
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import block, known, listed, on

_LISTS = ("aws_network_acl", "aws_default_network_acl")
_RULE = "aws_network_acl_rule"
_RANGES = ("cidr_block", "ipv6_cidr_block")
_TCP = ("tcp", "6")
_CHOSEN = 1024
"""The lowest port that an asking side chooses: NAT gateways take 1024 to 65535 (VPC User Guide,
"Custom network ACLs and other AWS services", "Ephemeral ports")."""


def access_lists(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every entry that admits something."""
    for access_list in resources.of_type(*_LISTS):
        for way in ("ingress", "egress"):
            blocks = access_list.blocks(way)
            told = len(blocks) == len(listed(access_list.values.get(way)))
            if not told or way in block(access_list.values.get("dynamic")):
                yield connection(access_list, kind=way, what="", unknown=f"its {way} entries")
            for entry in blocks:
                yield from _entry(resources, place, access_list, way, entry)
    for rule in resources.of_type(_RULE):
        egress = rule.values.get("egress")
        way = "egress" if on(egress) else "ingress"
        if not known(egress):
            yield connection(rule, kind=way, what="", unknown="whether the entry is for egress")
        yield from _entry(resources, place, rule, way, rule.values)


def _entry(
    resources: Resources, place: Place, resource: Resource, way: str, entry: Mapping[str, Any]
) -> Iterator[Fact]:
    if str(entry.get("action", entry.get("rule_action"))).lower() == "deny":
        return
    for name in _RANGES:
        value = entry.get(name)
        if value is None or value == "":
            continue
        text = cidr(resources, value)
        own = text is not None and inside(place, text)
        # The firewall stands on the IPv4 way out alone.
        ipv4 = name == "cidr_block"
        needed = ipv4 and (_replies(entry) if way == "ingress" else _outside(place, entry))
        unknown = None if text else f"an address range of its {way} entries"
        if way == "ingress":
            yield connection(
                resource,
                kind="ingress",
                what="by an entry of an access list, on ports that are not those of replies",
                peer=text or "",
                own=own or needed,
                unknown=unknown,
            )
        else:
            yield connection(
                resource,
                kind="filter",
                what=f"lets more than HTTPS and Vault out to {text} by an entry of an access list",
                peer=text or "",
                own=own or needed,
                unknown=unknown,
            )


def _outside(place: Place, entry: Mapping[str, Any]) -> bool:
    # S3's gateway endpoint answers from public addresses, so that no list can name its own.
    return _ports(entry) in [(port, port) for port in place.ports]


def _replies(entry: Mapping[str, Any]) -> bool:
    ports = _ports(entry)
    return ports is not None and ports[0] >= _CHOSEN


def _ports(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    """The lowest and the highest port of TCP; None for another protocol, or when not known."""
    low, high = str(entry.get("from_port")), str(entry.get("to_port"))
    if str(entry.get("protocol")).lower() not in _TCP or not (low.isdigit() and high.isdigit()):
        return None
    return int(low), int(high)
