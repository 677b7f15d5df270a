"""Address ranges: private, large enough, and apart from each other."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from agent_studio.estate.draft import Draft, Entry
from agent_studio.estate.model import CellSpec
from agent_studio.estate.problems import Problem

SMALLEST = 24
"""Prefix length of the smallest cell: a quarter holds each of three zones' private subnets (59
usable addresses on AWS, which keeps five of each subnet), and the last quarter the firewall and
translation subnets of the zones, at least a /28 each (AWS Network Firewall, VPC and subnets)."""
LARGEST = 16
"""Prefix length of the largest network that an AWS VPC takes (VPC quotas)."""

# RFC 1918. 100.64.0.0/10 (RFC 6598) is left out: carriers and clouds route it for themselves.
PRIVATE = tuple(IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))

Path = tuple[str, ...]


def check_networks(draft: Draft) -> Iterator[Problem]:
    """Check every address range of the file, the core's included."""
    declared: list[tuple[Path, IPv4Network]] = []
    if draft.core and "network" not in draft.core.bad:
        declared.append((("core", "network"), draft.core.spec.network))
    for cell in draft.cells:
        if "network" not in cell.bad:
            declared.append(((*cell.path, "network"), cell.spec.network))
            yield from _room(draft, cell)
    for path, network in declared:
        if not any(network.subnet_of(private) for private in PRIVATE):
            yield public_network(draft, path, network)
        if network.prefixlen > SMALLEST:
            yield small_network(draft, path, network)
        if network.prefixlen < LARGEST:
            yield large_network(draft, path, network)
    yield from _overlaps(draft, declared)


def _overlaps(draft: Draft, declared: list[tuple[Path, IPv4Network]]) -> Iterator[Problem]:
    # Sorted by address, a range overlaps an earlier one if and only if it starts before the
    # furthest end seen: no pairs need comparing, however many cells there are.
    furthest: tuple[Path, IPv4Network] | None = None
    for path, network in sorted(declared, key=lambda d: (d[1].network_address, d[1].prefixlen)):
        if furthest and network.network_address <= furthest[1].broadcast_address:
            yield overlapping_networks(draft, (path, network), furthest)
        if furthest is None or network.broadcast_address > furthest[1].broadcast_address:
            furthest = (path, network)


def _room(draft: Draft, cell: Entry[CellSpec]) -> Iterator[Problem]:
    entries = [draft.runtimes.get(name) for name in dict.fromkeys(cell.spec.runtimes)]
    instances = sum(e.spec.max_instances for e in entries if e and "max_instances" not in e.bad)
    if cell.spec.network.prefixlen <= SMALLEST and instances > cell.spec.network.num_addresses // 2:
        yield no_room_for_instances(draft, cell, instances)


def public_network(draft: Draft, path: Path, network: IPv4Network) -> Problem:
    """The range is routed on the Internet, or reserved."""
    return draft.source.problem(
        path,
        "the network is not private",
        found=f"`{network}`",
        allowed="a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        fix="pick a free private range; `studio region add` picks one",
    )


def small_network(draft: Draft, path: Path, network: IPv4Network) -> Problem:
    """There is no room for the subnets of a cell."""
    return draft.source.problem(
        path,
        "the network is too small",
        found=f"`{network}` with {network.num_addresses} addresses",
        allowed=f"/{LARGEST} to /{SMALLEST}: private subnets in three zones, and firewall subnets",
        fix=f"widen it to /{SMALLEST} or more; /20 suits most cells",
    )


def large_network(draft: Draft, path: Path, network: IPv4Network) -> Problem:
    """No AWS VPC takes a range as large."""
    return draft.source.problem(
        path,
        "the network is too large",
        found=f"`{network}`",
        allowed=f"/{LARGEST} to /{SMALLEST}",
        fix=f"narrow it to /{LARGEST} or less; /20 suits most cells",
    )


def no_room_for_instances(draft: Draft, cell: Entry[CellSpec], instances: int) -> Problem:
    """Every instance takes an address; half of a network is left to endpoints and spare subnets."""
    network = cell.spec.network
    return draft.source.problem(
        (*cell.path, "network"),
        "the network is too small for its runtimes at their ceiling",
        found=f"`{network}` for {instances:,} instances",
        allowed=f"at most {network.num_addresses // 2:,} instances in a /{network.prefixlen}",
        fix="widen the network, or lower max_instances",
    )


def overlapping_networks(
    draft: Draft, one: tuple[Path, IPv4Network], other: tuple[Path, IPv4Network]
) -> Problem:
    """Two ranges share addresses; the problem stands at the one that is written later."""
    places = [draft.source.place(path) for path, _ in (one, other)]
    later, earlier = (one, other) if places[0].index >= places[1].index else (other, one)
    stands = draft.source.find(earlier[0])
    where = (
        f"on line {draft.source.place(earlier[0]).line}"
        if stands is not None
        else "the default, which core.network changes"
    )
    return draft.source.problem(
        later[0],
        f"the network overlaps {'.'.join(earlier[0][:-1])}",
        found=f"`{later[1]}`; {earlier[1]} is taken ({where})",
        allowed="networks that share no address",
        fix="pick a free range; `studio region add` picks one",
    )
