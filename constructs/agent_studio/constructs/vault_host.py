"""The one host outside its cloud that every cell with runtimes reaches: its Vault cluster."""

from agent_studio.estate.endpoint import Endpoint, is_ip
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell


def vault_host(cell: Cell) -> Endpoint | None:
    """Give host and port of the Vault cluster that the cell's runtimes reach.

    Returns:
        None where the cell has no runtime, or its jurisdiction no cluster.

    Raises:
        StudioError: the host is an address. Firewalls read the name in a TLS handshake, in which
            no address may stand (RFC 6066, section 3).
    """
    found = cell.vault_endpoint
    if found is not None and is_ip(found.host.partition("%")[0]):
        raise StudioError(
            f"cell {cell.id} has a Vault address that no firewall can hold to one host",
            found=str(cell.vault_address),
            allowed="https://<DNS name>[:<port>]",
            fix="give Vault a DNS name, e.g. https://vault.eu.example.com:8200",
            exit_code=ExitCode.INVALID,
        )
    return found
