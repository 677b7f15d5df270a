"""Address ranges: which lie within which."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from agent_studio.policies.facts.place import Place


def inside(place: Place, text: str) -> bool:
    """Whether a range lies within the stack's own network; what is no range lies nowhere."""
    return within(text, place.networks)


def within(text: str, ranges: Iterable[str], *, exact: bool = False) -> bool:
    """Whether a range lies within one of some ranges; what is no range lies nowhere.

    Args:
        text: the range.
        ranges: the others.
        exact: whether an address with bits beside its prefix is no range.
    """
    found = _network(text, exact)
    return found is not None and any(_within(found, _network(one, exact)) for one in ranges)


def _within(found: IPv4Network | IPv6Network | None, own: IPv4Network | IPv6Network | None) -> bool:
    if isinstance(found, IPv4Network) and isinstance(own, IPv4Network):
        return found.subnet_of(own)
    if isinstance(found, IPv6Network) and isinstance(own, IPv6Network):
        return found.subnet_of(own)
    return False


def _network(text: str, exact: bool) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=exact)
    except ValueError:
        return None
