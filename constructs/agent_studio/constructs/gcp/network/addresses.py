"""How a cell's address range is carved. Pure: the same range gives the same subnets.

The first half is the private subnet's, the third quarter that of the runtimes which declare
egress; the last quarter is that of a load balancer's proxies, which the core alone has. A subnet
spans its region's zones.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

from agent_studio.constructs.addresses import require_size

SMALLEST_PREFIX = 24
"""Cloud Run, "Direct VPC egress": a subnet of at least /26; the third quarter of a /24 is one."""

LARGEST_PREFIX = 16
"""The same bound as on the other clouds."""


@dataclass(frozen=True, kw_only=True)
class CellAddresses:
    """The address ranges of a cell's subnets."""

    private: IPv4Network
    egress: IPv4Network
    proxies: IPv4Network


def carve(network: IPv4Network) -> CellAddresses:
    """Give each subnet its range; they lie inside the cell's and do not overlap.

    Args:
        network: the cell's range, from /16 to /24.

    Raises:
        StudioError: the range is too small or too large.

    >>> carved = carve(IPv4Network("10.16.0.0/20"))
    >>> str(carved.private), str(carved.egress)
    ('10.16.0.0/21', '10.16.8.0/22')
    """
    require_size(network, largest=LARGEST_PREFIX, smallest=SMALLEST_PREFIX)
    first, second = network.subnets(prefixlen_diff=1)
    third, last = second.subnets(prefixlen_diff=1)
    return CellAddresses(private=first, egress=third, proxies=last)
