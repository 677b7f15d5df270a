"""Address ranges: which are the stack's own."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import UNKNOWN, known


def cidr(resources: Resources, value: Any) -> str | None:
    """An address range; one that is another resource's is read there. None: can't be known."""
    if isinstance(value, str) and value.endswith(".cidr_block}"):
        other = resources.referred(value)
        value = other.values.get("cidr_block") if other else UNKNOWN
    return value if isinstance(value, str) and known(value) else None


def inside(place: Place, text: str) -> bool:
    """Whether a range lies within the stack's own network; what is no range lies nowhere."""
    found = _network(text)
    return found is not None and any(_within(found, _network(one)) for one in place.networks)


def _within(found: IPv4Network | IPv6Network | None, own: IPv4Network | IPv6Network | None) -> bool:
    if isinstance(found, IPv4Network) and isinstance(own, IPv4Network):
        return found.subnet_of(own)
    if isinstance(found, IPv6Network) and isinstance(own, IPv6Network):
        return found.subnet_of(own)
    return False


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
