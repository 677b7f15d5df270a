"""The options of `apply` and `destroy`, and which of the two steps each belongs to.

Terraform's apply takes the options of plan too, since it plans by itself (Terraform 1.11 and
OpenTofu 1.11: `internal/command/arguments/{apply,plan,extended}.go`). Here plan and apply are two
steps, so each option goes where it has its meaning. An option that is not listed is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Flag, auto

from agent_studio.estate.errors import ExitCode, StudioError


class Step(Flag):
    """The steps that an option is for."""

    OURS = 0
    PLAN = auto()
    APPLY = auto()
    BOTH = PLAN | APPLY


_SWITCHES = {
    "auto-approve": Step.OURS,
    "compact-warnings": Step.BOTH,
    "concise": Step.BOTH,
    "consolidate-errors": Step.BOTH,
    "consolidate-warnings": Step.BOTH,
    "destroy": Step.PLAN,
    "input": Step.BOTH,
    "json": Step.BOTH,
    "lock": Step.BOTH,
    "no-color": Step.BOTH,
    "refresh": Step.PLAN,
    "refresh-only": Step.PLAN,
    "show-sensitive": Step.BOTH,
}
_VALUES = {
    "backup": Step.APPLY,
    "deprecation": Step.BOTH,
    "exclude": Step.PLAN,
    "exclude-file": Step.PLAN,
    "lock-timeout": Step.BOTH,
    "parallelism": Step.BOTH,
    "replace": Step.PLAN,
    "state": Step.BOTH,
    "state-out": Step.APPLY,
    "target": Step.PLAN,
    "target-file": Step.PLAN,
    # A saved plan is applied with the same variables: those that are ephemeral are not in it.
    "var": Step.BOTH,
    "var-file": Step.BOTH,
}
_ANYWHERE = frozenset({"-no-color", "-compact-warnings"})
"""Terraform takes these two out of the words wherever they stand (`arguments.ParseView`)."""

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
"""What Go's `strconv.ParseBool` reads."""


@dataclass(frozen=True)
class Option:
    """One option as it was given.

    Attributes:
        name: without dashes.
        words: as they stood, for the engine.
        steps: the steps it is for.
        on: whether a switch is on; True for an option with a value.
    """

    name: str
    words: tuple[str, ...]
    steps: Step
    on: bool = True


def read_options(words: Sequence[str]) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """Take the words after `apply` apart, as Go's `flag` package does.

    Args:
        words: what stood after the command.

    Returns:
        The options, and what stands after them: at most a plan file.

    Raises:
        StudioError: an option is unknown here, lacks its value, or stands after the plan file.
    """
    left = list(words)
    options: list[Option] = []
    while left and left[0].startswith("-") and left[0] != "-":
        word = left.pop(0)
        if word == "--":
            break
        options.append(_option(word, left))
    rest = [word for word in left if word not in _ANYWHERE]
    options += [Option(word[1:], (word,), Step.BOTH) for word in left if word in _ANYWHERE]
    return tuple(options), tuple(rest)


def words_for(options: Sequence[Option], step: Step) -> Iterator[str]:
    """Give the words of the options that are for a step, in their order."""
    for option in options:
        if step in option.steps:
            yield from option.words


def is_on(options: Sequence[Option], name: str, *, default: bool = False) -> bool:
    """Whether a switch is on; the last one given counts."""
    given = [option.on for option in options if option.name == name]
    return given[-1] if given else default


def _option(word: str, left: list[str]) -> Option:
    name, equals, value = word.removeprefix("-").removeprefix("-").partition("=")
    if name in _SWITCHES:
        if equals and value not in _TRUE | _FALSE:
            raise refused(f"-{name} is on or off", found=word, allowed=f"-{name}, -{name}=false")
        return Option(name, (word,), _SWITCHES[name], on=not equals or value in _TRUE)
    if name in _VALUES:
        if equals:
            return Option(name, (word,), _VALUES[name])
        if not left:
            raise refused(f"-{name} lacks its value", found=word, allowed=f"-{name}=VALUE")
        return Option(name, (word, left.pop(0)), _VALUES[name])
    raise refused(
        "studio-terraform does not know this option of apply, and applies nothing",
        found=f"-{name}",
        allowed=", ".join(f"-{each}" for each in sorted({*_SWITCHES, *_VALUES})),
        fix="plan with it into a file (plan -out=FILE), then apply that file",
    )


def refused(
    cause: str, *, found: str, allowed: str | None = None, fix: str | None = None
) -> StudioError:
    """An error in how the program was called."""
    return StudioError(cause, found=found, allowed=allowed, fix=fix, exit_code=ExitCode.USAGE)
