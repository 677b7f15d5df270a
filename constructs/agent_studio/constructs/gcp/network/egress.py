"""The names outside Google Cloud that the cell's runtimes declare."""

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell

NAMES_PER_RULE = 100
"""The most names that one firewall rule takes (Cloud NGFW, "Quotas and limits")."""


def egress_names(cell: Cell) -> tuple[str, ...]:
    """Give every name that some runtime of the cell declares, each once, in order.

    Raises:
        StudioError: a name stands for many (`*.example.org`); a firewall policy takes none such
            (Cloud NGFW, "FQDN objects").
    """
    found = tuple(sorted({name.lower() for each in cell.runtimes for name in each.egress}))
    wildcards = [name for name in found if "*" in name]
    if wildcards:
        raise StudioError(
            f"cell {cell.id} declares egress to names that stand for many",
            found=", ".join(wildcards),
            allowed="plain names on Google Cloud, e.g. api.example.org",
            fix="list the names that the runtime connects to",
            exit_code=ExitCode.INVALID,
        )
    return found
