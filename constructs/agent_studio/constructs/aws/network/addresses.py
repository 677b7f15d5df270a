"""How a cell's address range is carved into subnets. Pure: the same range gives the same subnets.

A cell's range is cut into four quarters. The first three are the private subnets of up to three
zones; the last holds, in slots of sixteen addresses, the firewall's and the translator's subnets.
Each subnet has its place whether or not the others exist, so a cell that gets a third zone or its
first egress name moves no subnet that stands.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

from agent_studio.constructs.addresses import require_size

SMALLEST_PREFIX = 24
"""The longest prefix whose last quarter still holds two zones' egress subnets (4 x /28)."""

LARGEST_PREFIX = 16
"""VPC User Guide, "VPC CIDR blocks": between /16 and /28."""

MOST_ZONES = 3
"""Private subnets fill one quarter each; the last quarter is for egress."""

_SLOT_PREFIX = 28
"""The smallest subnet that a VPC takes, and what Network Firewall's guide asks for an endpoint."""


@dataclass(frozen=True, kw_only=True)
class ZoneAddresses:
    """The address ranges of one zone."""

    private: IPv4Network
    firewall: IPv4Network
    public: IPv4Network


def carve(network: IPv4Network, *, zones: int = 2) -> tuple[ZoneAddresses, ...]:
    """Give each zone its ranges; none overlap and all lie inside the cell's.

    Args:
        network: the cell's range, from /16 to /24.
        zones: how many zones, from 1 to 3; a /24 holds at most 2.

    Raises:
        StudioError: the range is too small or too large.

    >>> [str(zone.private) for zone in carve(IPv4Network("10.16.0.0/20"))]
    ['10.16.0.0/22', '10.16.4.0/22']
    >>> str(carve(IPv4Network("10.16.0.0/20"))[1].public)
    '10.16.12.48/28'
    """
    if not 1 <= zones <= MOST_ZONES:
        message = f"a cell spans 1 to {MOST_ZONES} zones, not {zones}"
        raise ValueError(message)
    smallest = SMALLEST_PREFIX if zones < MOST_ZONES else SMALLEST_PREFIX - 1
    require_size(network, largest=LARGEST_PREFIX, smallest=smallest)
    quarters = list(network.subnets(prefixlen_diff=2))
    slots = quarters[-1].subnets(new_prefix=_SLOT_PREFIX)
    return tuple(
        ZoneAddresses(private=quarters[zone], firewall=next(slots), public=next(slots))
        for zone in range(zones)
    )
