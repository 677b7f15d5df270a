"""The names outside AWS that the cell's runtimes reach: declared ones, and Vault's."""

from agent_studio.constructs.vault_host import vault_host
from agent_studio.estate.endpoint import HTTPS, Endpoint
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell


def egress_names(cell: Cell) -> tuple[str, ...]:
    """Give every name that some runtime of the cell declares, each once, in order."""
    return tuple(sorted({name.lower() for each in cell.runtimes for name in each.egress}))


def vault_through_firewall(cell: Cell) -> Endpoint | None:
    """Give host and port of the cell's Vault cluster; None where it reaches none.

    Raises:
        StudioError: the host is an address; or Vault is on the port of declared names while some
            runtimes declare names and others none. The firewall does not see which runtime asks,
            so that port, opened to a runtime for Vault's sake, would lead to the others' names.
    """
    vault = vault_host(cell)
    if vault is None or vault.port != HTTPS:
        return vault
    quiet = sorted(each.name for each in cell.runtimes if not each.egress)
    if quiet and egress_names(cell):
        raise StudioError(
            f"cell {cell.id} can't reach Vault from runtimes without egress and from nowhere else",
            found=f"Vault on port {HTTPS}, where {', '.join(quiet)} would reach the names that"
            " others declare",
            allowed=f"another port than {HTTPS}, or egress for all of its runtimes or for none",
            fix="let Vault listen on a port of its own, e.g. 8200, or move the runtimes to a cell"
            " of their own",
            exit_code=ExitCode.INVALID,
        )
    return vault


def further_ports(cell: Cell) -> tuple[int, ...]:
    """Give the ports besides 443 on which something outside is reached: Vault's, if it is another.

    Raises:
        StudioError: as `vault_through_firewall`.
    """
    vault = vault_through_firewall(cell)
    return (vault.port,) if vault and vault.port != HTTPS else ()


def firewall_targets(cell: Cell) -> tuple[str, ...]:
    """Give the names as Network Firewall writes them: `.example.com` for `*.example.com`.

    Network Firewall's form admits `example.com` itself too; the DNS firewall, which knows the
    difference, does not resolve it (Network Firewall Developer Guide, "Stateful domain list").
    """
    return tuple(name.removeprefix("*") for name in egress_names(cell))
