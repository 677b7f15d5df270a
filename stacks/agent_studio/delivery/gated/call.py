"""What `studio-terraform` was asked to do: pass a command through, or gate an apply."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_studio.delivery.gated.options import (
    Option,
    Step,
    is_on,
    read_options,
    refused,
    words_for,
)

ARGUMENTS = "TF_CLI_ARGS"
"""The engine puts this variable's words after the command, and those of `TF_CLI_ARGS_<command>`."""

_MODES: Mapping[str, tuple[str, ...]] = {
    "apply": (),
    "destroy": ("-destroy",),
    "refresh": ("-refresh-only",),
}
"""The gated commands, and the option of plan that each stands for (Terraform's documentation of
`destroy` and `refresh` calls them aliases of apply with these)."""

_CLOSED = {
    "test": "it makes and destroys real resources that no plan shows",
    "rpcapi": "it applies what a program asks for over a connection",
}
_HELP = frozenset({"-h", "-help", "--help"})
_CHDIR = "-chdir="


@dataclass(frozen=True)
class Pass:
    """A command that goes to the engine as it is.

    Attributes:
        words: the engine's arguments.
        keep_arguments: whether `TF_CLI_ARGS` reaches the engine. Where no command stands, its words
            would become one.
    """

    words: tuple[str, ...]
    keep_arguments: bool


@dataclass(frozen=True, kw_only=True)
class Gated:
    """An apply, taken apart into its plan and the apply of that plan.

    Attributes:
        before: what stands before the command: at most one `-chdir=FOLDER`.
        folder: the folder that the engine works in.
        plan_file: the plan file that was named; None when one is to be made.
        plan_words: the options of the plan.
        apply_words: the options of the apply.
        approved: whether nobody is to be asked.
        destroy: whether everything would be destroyed.
    """

    before: tuple[str, ...]
    folder: Path
    plan_file: Path | None
    plan_words: tuple[str, ...]
    apply_words: tuple[str, ...]
    approved: bool
    destroy: bool


def read(words: Sequence[str], environment: Mapping[str, str], here: Path) -> Pass | Gated:
    """Tell an apply from everything else.

    Args:
        words: the arguments.
        environment: the environment, for `TF_CLI_ARGS`.
        here: the working directory.

    Raises:
        StudioError: it is an apply of which not every word is understood, or a command that
            changes resources in another way; exit code 2.
    """
    before, command, after = _split(words)
    if command is None:
        return Pass(tuple(words), keep_arguments=False)
    if command in _CLOSED:
        raise refused(
            f"studio-terraform does not run {command}: {_CLOSED[command]}",
            found=command,
            fix="run the engine itself where no gate is wanted",
        )
    if command not in _MODES:
        return Pass(tuple(words), keep_arguments=True)
    if len(after) == 1 and after[0] in _HELP:
        return Pass(tuple(words), keep_arguments=False)
    folder = _folder(before, here)
    added = _words(environment, f"{ARGUMENTS}_{command}") + _words(environment, ARGUMENTS)
    options, rest = read_options([*added, *after])
    return _gated(command, options, rest, before=before, folder=folder)


def without_arguments(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>`."""
    return {
        name: value
        for name, value in environment.items()
        if name != ARGUMENTS and not name.startswith(f"{ARGUMENTS}_")
    }


def _split(words: Sequence[str]) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
    # The engine's command is the first word that is neither empty nor an option.
    for position, word in enumerate(words):
        if word and not word.startswith("-"):
            return tuple(words[:position]), word, tuple(words[position + 1 :])
    return tuple(words), None, ()


def _folder(before: Sequence[str], here: Path) -> Path:
    if not before:
        return here
    if len(before) > 1 or not before[0].startswith(_CHDIR) or before[0] == _CHDIR:
        raise refused(
            "studio-terraform does not know what stands before the command, and applies nothing",
            found=" ".join(before),
            allowed="-chdir=FOLDER",
        )
    return here / before[0].removeprefix(_CHDIR)


def _words(environment: Mapping[str, str], name: str) -> list[str]:
    try:
        return shlex.split(environment.get(name, ""))
    except ValueError as error:
        raise refused(f"{name} can't be read", found=str(error), fix=f"unset {name}") from None


def _gated(
    command: str,
    options: tuple[Option, ...],
    rest: tuple[str, ...],
    *,
    before: tuple[str, ...],
    folder: Path,
) -> Gated:
    if len(rest) > 1 or (rest and command != "apply"):
        raise refused(
            "more words than studio-terraform knows; it applies nothing",
            found=" ".join(rest),
            allowed="apply [options] [PLAN FILE], destroy [options]",
            fix="put every option before the plan file",
        )
    mode = _MODES[command]
    if mode and any(option.name in ("destroy", "refresh-only") for option in options):
        raise refused(
            f"{command} takes neither -destroy nor -refresh-only",
            found=f"{command} with one of them",
            fix="use apply with one of them",
        )
    if rest:
        late = [option.name for option in options if option.steps is Step.PLAN]
        if late:
            raise refused(
                "a plan file is applied as it was planned",
                found=", ".join(f"-{name}" for name in late),
                fix="give these options to plan",
            )
    approved = bool(rest) or command == "refresh" or is_on(options, "auto-approve")
    silent = {
        "-input=false": not is_on(options, "input", default=True),
        "-json": is_on(options, "json"),
    }
    if any(silent.values()) and not approved:
        raise refused(
            "nobody can be asked to approve the plan",
            found=" ".join(name for name, given in silent.items() if given),
            fix="add -auto-approve, or apply a plan file",
        )
    return Gated(
        before=before,
        folder=folder,
        plan_file=folder / rest[0] if rest else None,
        plan_words=(*mode, *words_for(options, Step.PLAN)),
        apply_words=tuple(words_for(options, Step.APPLY)),
        approved=approved,
        destroy=command == "destroy" or is_on(options, "destroy"),
    )
