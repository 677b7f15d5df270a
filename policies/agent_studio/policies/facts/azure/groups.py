"""What passes the borders of subnets, by the rules of their security groups.

Source: Virtual Network, "Network security groups" and "Virtual network service tags".
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from agent_studio.estate.endpoint import HTTPS
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import within
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed

PLATFORM = frozenset(
    {"AzureActiveDirectory", "AzureFrontDoor.FirstParty", "MicrosoftContainerRegistry"}
)
"""Service tags of what an environment of Container Apps needs (Azure Container Apps, "Securing a
virtual network in Azure Container Apps")."""

_PROBES = "AzureLoadBalancer"
_PROBED = (30000, 32767)
_NAMES = ip_network("168.63.129.16/32")
"""Where Azure answers for names within every network (Virtual Network, "What is IP address
168.63.129.16?")."""

_EVERYTHING = "*"
_INTERNET = "Internet"

Rule = Mapping[str, Any]


def groups(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every rule that admits something."""
    for group in resources.of_type("azurerm_network_security_group"):
        for rule in group.blocks("security_rule"):
            if rule.get("access") != "Deny":
                yield from _allowed(place, group, rule)


def shuts(group: Resource, direction: str) -> bool:
    """Whether a group denies whatever none of its rules admits.

    Azure's own last rules admit the whole network, and to the internet.

    Args:
        group: the group.
        direction: `Inbound` or `Outbound`.
    """
    return any(
        rule.get("access") == "Deny"
        and rule.get("direction") == direction
        and rule.get("protocol") == _EVERYTHING
        and all(
            _told(rule, one, several) == [_EVERYTHING]
            for one, several in (
                ("source_address_prefix", "source_address_prefixes"),
                ("destination_address_prefix", "destination_address_prefixes"),
                ("source_port_range", "source_port_ranges"),
                ("destination_port_range", "destination_port_ranges"),
            )
        )
        for rule in group.blocks("security_rule")
    )


def _allowed(place: Place, group: Resource, rule: Rule) -> Iterator[Fact]:
    inbound = rule.get("direction") == "Inbound"
    peers = _ranges(rule, "source" if inbound else "destination")
    for own in _ranges(rule, "destination" if inbound else "source"):
        if not within(own, place.networks, exact=True):
            what = f"{_what(rule)}, whose own end is not the stack's"
            yield connection(group, kind="ingress" if inbound else "egress", what=what, peer=own)
    port = _tcp_port(rule)
    for peer in peers:
        if within(peer, place.networks, exact=True):
            continue
        if inbound:
            if not _is_probe(rule, peer):
                yield connection(group, kind="ingress", what=_what(rule), peer=peer)
        elif not (peer in PLATFORM and port == HTTPS) and not _is_lookup(rule, peer):
            yield connection(
                group,
                kind="egress",
                what=_what(rule),
                peer=peer,
                tls=port in place.ports,
                # Where names are declared, or Vault is reached, the firewall judges the name.
                declared=peer == _INTERNET and port is not None and _needed(place, port),
            )


def _needed(place: Place, port: int) -> bool:
    """Whether something outside is reached on a port."""
    of_vault = place.vault is not None and port == place.vault.port
    return of_vault or (port == HTTPS and bool(place.egress))


def _tcp_port(rule: Rule) -> int | None:
    """The one TCP port that a rule is for."""
    ports = _ports(rule)
    tcp = str(rule.get("protocol")).lower() == "tcp"
    return int(ports[0]) if tcp and len(ports) == 1 and ports[0].isdigit() else None


def _ranges(rule: Rule, end: str) -> list[str]:
    return _told(rule, f"{end}_address_prefix", f"{end}_address_prefixes") or [_EVERYTHING]


def _is_probe(rule: Rule, peer: str) -> bool:
    """Whether a rule admits the platform's probes of the ports that it probes alone."""
    return peer == _PROBES and all(_probed(port) for port in _ports(rule))


def _probed(port: str) -> bool:
    first, _, last = port.partition("-")
    lowest, highest = _PROBED
    ends = (first, last or first)
    return all(end.isdigit() and lowest <= int(end) <= highest for end in ends)


def _is_lookup(rule: Rule, peer: str) -> bool:
    return _ports(rule) == ["53"] and within(peer, [str(_NAMES)], exact=True)


def _ports(rule: Rule) -> list[str]:
    return _told(rule, "destination_port_range", "destination_port_ranges") or [_EVERYTHING]


def _told(rule: Rule, one: str, several: str) -> list[str]:
    found = [rule.get(one), *listed(rule.get(several))]
    return [str(each) for each in found if each not in (None, "")]


def _what(rule: Rule) -> str:
    return f"by the rule {rule.get('name')} of a security group"
