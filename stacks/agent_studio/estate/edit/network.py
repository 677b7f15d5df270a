"""The next free address range."""

from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from agent_studio.estate.checks.networks import PRIVATE
from agent_studio.estate.errors import StudioError

FIRST = IPv4Network("10.16.0.0/20")
"""Where an estate without cells begins; the core's default lies below it."""


def next_network(cells: Iterable[IPv4Network], taken: Iterable[IPv4Network]) -> IPv4Network:
    """Pick the first free range above the lowest cell, else below, of the size that most have.

    Args:
        cells: the networks of the cells.
        taken: what the range must not overlap besides, such as the core's network.

    Returns:
        A private range that overlaps none of them.

    Raises:
        StudioError: the private range that the cells lie in is full.

    >>> next_network([IPv4Network("10.16.0.0/20")], [])
    IPv4Network('10.16.16.0/20')
    """
    existing = sorted(cells)
    sizes = Counter(network.prefixlen for network in existing)
    prefix = max(sizes, key=lambda p: (sizes[p], p)) if sizes else FIRST.prefixlen
    start = existing[0] if existing else FIRST
    space = next((p for p in PRIVATE if start.subnet_of(p)), PRIVATE[0])
    for first in (start.network_address, space.network_address):
        found = _free(int(first), prefix, sorted([*existing, *taken]))
        if int(found.broadcast_address) <= int(space.broadcast_address):
            return found
    raise StudioError(
        "no free network is left beside the estate's cells",
        found=f"{space} with {len(existing)} cells",
        fix=f"name one with --network, as /{prefix}",
    )


def _free(first: int, prefix: int, taken: list[IPv4Network]) -> IPv4Network:
    """Give the first range at or above an address that overlaps none of some, in order."""
    step = 1 << (32 - prefix)
    candidate = first & -step
    for network in taken:
        low, high = int(network.network_address), int(network.broadcast_address)
        if candidate + step <= low:
            break
        if candidate <= high:
            candidate = (high + step) & -step
    return IPv4Network((IPv4Address(min(candidate, 2**32 - step)), prefix))
