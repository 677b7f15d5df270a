"""How a cell's address range is carved into subnets. Pure: the same range, the same subnets.

The first quarter is the runtimes', the second the private endpoints', and the last begins with the
firewall's. Each has its place whether or not it exists, so a first egress name moves no subnet.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

from agent_studio.constructs.addresses import require_size

SMALLEST_PREFIX = 24
"""The longest prefix whose quarter still holds AzureFirewallSubnet, a /26 (Azure Firewall FAQ)."""

LARGEST_PREFIX = 8
"""Virtual Network FAQ: /8 is the largest range."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The address ranges of a cell's subnets."""

    runtimes: IPv4Network
    endpoints: IPv4Network
    firewall: IPv4Network


def carve(network: IPv4Network) -> Addresses:
    """Give each subnet its range; none overlap and all lie inside the cell's.

    Args:
        network: the cell's range, from /8 to /24.

    Raises:
        StudioError: the range is too small or too large.

    >>> str(carve(IPv4Network("10.16.0.0/20")).firewall)
    '10.16.12.0/26'
    """
    require_size(network, largest=LARGEST_PREFIX, smallest=SMALLEST_PREFIX)
    first, second, _, last = network.subnets(prefixlen_diff=2)
    return Addresses(runtimes=first, endpoints=second, firewall=next(last.subnets(new_prefix=26)))
