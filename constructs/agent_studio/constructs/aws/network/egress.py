"""The names outside AWS that the cell's runtimes declare."""

from agent_studio.estate.model import Cell


def egress_names(cell: Cell) -> tuple[str, ...]:
    """Give every name that some runtime of the cell declares, each once, in order."""
    return tuple(sorted({name.lower() for each in cell.runtimes for name in each.egress}))


def firewall_targets(cell: Cell) -> tuple[str, ...]:
    """Give the names as Network Firewall writes them: `.example.com` for `*.example.com`.

    Network Firewall's form admits `example.com` itself too; the DNS firewall, which knows the
    difference, does not resolve it (Network Firewall Developer Guide, "Stateful domain list").
    """
    return tuple(name.removeprefix("*") for name in egress_names(cell))
