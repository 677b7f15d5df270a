"""The addresses that the estate's CI comes from: public, and few."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from agent_studio.estate.checks.networks import PRIVATE
from agent_studio.estate.draft import Draft
from agent_studio.estate.problems import Problem

WIDEST = 16
"""Prefix length of the widest range that is taken: whoever has one of its 65,536 addresses can
knock at every key vault on Azure."""

# IANA, "IPv4 Special-Purpose Address Registry", and the multicast and reserved blocks.
RESERVED = (
    *PRIVATE,
    *(
        IPv4Network(each)
        for each in (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        )
    ),
)

Path = tuple[str | int, ...]


def check_addresses(draft: Draft) -> Iterator[Problem]:
    """Check every range under `ci.addresses`."""
    if draft.ci is None or "addresses" in draft.ci.bad:
        return
    for index, network in enumerate(draft.ci.spec.addresses):
        path: Path = (*draft.ci.path, "addresses", index)
        if any(network.overlaps(each) for each in RESERVED):
            yield hidden_addresses(draft, path, network)
        if network.prefixlen < WIDEST:
            yield wide_addresses(draft, path, network)


def wide_addresses(draft: Draft, path: Path, network: IPv4Network) -> Problem:
    """Too many others have an address in the range."""
    return draft.source.problem(
        path,
        "the address range is too wide",
        found=f"`{network}` with {network.num_addresses:,} addresses",
        allowed=f"/{WIDEST} to /32",
        fix="name the addresses that the jobs themselves come from",
    )


def hidden_addresses(draft: Draft, path: Path, network: IPv4Network) -> Problem:
    """Nobody comes from such an address over the internet."""
    return draft.source.problem(
        path,
        "the address range is not public",
        found=f"`{network}`",
        allowed="public IPv4 addresses, none of them private or reserved",
        fix="name the addresses that the jobs have on the internet, e.g. their NAT gateway's",
    )
