"""Who the core is where its cloud makes that up, and nothing computes it."""

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell
from agent_studio.estate.scope import Scope


def declared_subject(cell: Cell, core: Scope, purpose: str) -> str:
    """Give the id of one of the core's identities, as the estate declares it.

    Args:
        cell: the cell that shall know the core.
        core: the core's place.
        purpose: `mailbox` or `release`.

    Raises:
        StudioError: the estate declares none.
    """
    if core.subjects is None:
        raise StudioError(
            f"cell {cell.id} cannot know the core",
            found="no core.subjects",
            allowed="core.subjects: {mailbox: <id>, release: <id>}",
            fix="apply the stack core, then copy the ids of its identities mailbox and release: on "
            "Azure az identity list --query '[].[name,principalId]', on Google Cloud "
            "gcloud iam service-accounts list --format='value(email,uniqueId)'",
            exit_code=ExitCode.INVALID,
        )
    return str(getattr(core.subjects, purpose))
