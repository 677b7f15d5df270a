"""Which of an estate's stacks to synthesize; decided before cdktf is imported."""

from collections.abc import Sequence
from difflib import get_close_matches

from agent_studio.estate import Estate, StackRef
from agent_studio.estate.errors import ExitCode, StudioError


def select(estate: Estate, wanted: Sequence[str] | None) -> tuple[StackRef, ...]:
    """Give the wanted stacks in the order of apply.

    Args:
        estate: the estate.
        wanted: stack names; None means every stack.

    Raises:
        StudioError: a name that the estate does not have.
    """
    by_name = {ref.name: ref for ref in estate.stacks}
    unknown = [name for name in dict.fromkeys(wanted or ()) if name not in by_name]
    if unknown:
        close = [match for name in unknown for match in get_close_matches(name, by_name, n=1)]
        fix = f"did you mean {', '.join(close)}?" if close else "list them: studio estate show"
        raise StudioError(
            "no such stack in the estate",
            found=", ".join(unknown),
            allowed=_shortened([*by_name]),
            fix=fix,
            exit_code=ExitCode.USAGE,
        )
    return tuple(ref for ref in estate.stacks if wanted is None or ref.name in set(wanted))


def _shortened(names: Sequence[str], limit: int = 8) -> str:
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")
