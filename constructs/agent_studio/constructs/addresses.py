"""What every cloud asks of the address range that is carved into a cell's subnets."""

from ipaddress import IPv4Network

from agent_studio.estate.errors import ExitCode, StudioError


def require_size(network: IPv4Network, *, largest: int, smallest: int) -> None:
    """Refuse a range that can't be carved.

    Args:
        network: the cell's range.
        largest: the shortest prefix that is taken.
        smallest: the longest prefix that is taken.

    Raises:
        StudioError: the range is too small or too large.
    """
    if not largest <= network.prefixlen <= smallest:
        raise StudioError(
            "a cell's network is too small or too large to carve into subnets",
            found=str(network),
            allowed=f"a prefix from /{largest} to /{smallest}",
            fix="give the cell a network of another size, e.g. a /20",
            exit_code=ExitCode.INVALID,
        )
