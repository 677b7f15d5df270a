"""Who may approve plans: `policies/approvers.yaml` beside the estate's file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from agent_studio.estate.errors import ExitCode, StudioError, printable
from agent_studio.policies.documents import read_yaml

MACHINE = "machine"
"""Who approves by the fast path; no person goes by this name."""

_MOST = 1000
_LONGEST = 200


@dataclass(frozen=True)
class Approvers:
    """Whose word counts.

    Attributes:
        stacks: approver -> patterns over the names of the stacks whose plans they may approve.
        origin: the file that says so, for errors.
    """

    stacks: Mapping[str, tuple[str, ...]]
    origin: str

    def of(self, stack: str) -> tuple[str, ...]:
        """Those who may approve plans of a stack."""
        return tuple(
            name
            for name, patterns in self.stacks.items()
            if any(fnmatchcase(stack, pattern) for pattern in patterns)
        )


def approvers_file(estate_file: Path | None) -> Path | None:
    """The file of approvers; None where there is none, so that no approval is asked for."""
    if estate_file is None:
        return None
    beside = estate_file.parent / "policies" / "approvers.yaml"
    # A link that leads nowhere is a mistake to be told.
    return beside if beside.exists() or beside.is_symlink() else None


def load_approvers(path: Path) -> Approvers:
    """Read who may approve.

    Args:
        path: the file: `approvers:`, with patterns over stacks for each name.

    Raises:
        StudioError: with every mistake of the file; `exit_code` is DENIED.
    """
    try:
        listed = read_yaml(path)
    except StudioError as error:
        raise _invalid(path, error.found or error.cause) from None
    wrong = tuple(_wrong(listed))
    if wrong:
        raise _invalid(path, "; ".join(wrong[:20]))
    return Approvers(
        {name: tuple(patterns) for name, patterns in listed["approvers"].items()}, str(path)
    )


def checked(name: str) -> str:
    """An approver's name, if it can be one.

    Raises:
        ValueError: it is empty, too long, not of one printable line, or the machine's.
    """
    text = name.strip()
    if not text or len(text) > _LONGEST or printable(text) != text or text.casefold() == MACHINE:
        raise ValueError(f"a name of 1 to {_LONGEST} printable characters, other than `{MACHINE}`")
    return text


def _wrong(listed: Mapping[str, object]) -> Iterator[str]:
    for key in listed:
        if key != "approvers":
            yield f"the unknown key {printable(str(key))[:50]}"
    names = listed.get("approvers")
    if not isinstance(names, dict) or not names or len(names) > _MOST:
        yield f"no mapping `approvers` with 1 to {_MOST} names"
        return
    for name, patterns in names.items():
        shown = printable(str(name))[:50]
        try:
            if not isinstance(name, str) or checked(name) != name:
                raise ValueError("a name without spaces around it")
        except ValueError as error:
            yield f"{shown} is no approver's name: allowed is {error}"
        if (
            not isinstance(patterns, list)
            or not patterns
            or not all(isinstance(each, str) and each for each in patterns)
        ):
            yield f"{shown} has no list of patterns over stacks"


def _invalid(path: Path, found: str) -> StudioError:
    return StudioError(
        f"{path} does not say who may approve plans",
        found=found,
        allowed='e.g. `approvers: {platform-lead: ["*"], payments-lead: ["cell-*-payments-eu"]}`',
        fix="correct the file, or delete it where no approver is wanted",
        exit_code=ExitCode.DENIED,
    )
