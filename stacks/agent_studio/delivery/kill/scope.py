"""What a kill is aimed at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell, Estate, Runtime
from agent_studio.estate.suggest import listed, rename_fix

Kind = Literal["runtime", "cell", "account", "all"]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What the command line names.

    Attributes:
        kind: what kind of thing.
        name: which one; empty for all.
    """

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else "the whole estate"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A cell, as far as it is aimed at.

    Attributes:
        cell: the cell.
        runtimes: those of its runtimes that are meant.
        whole: whether the whole cell is meant, with what the estate does not declare in it.
    """

    cell: Cell
    runtimes: tuple[Runtime, ...]
    whole: bool


def targets(estate: Estate, aim: Aim) -> tuple[Target, ...]:
    """Find the cells that are aimed at, in the order of the estate's file.

    Raises:
        StudioError: there is no such thing, or it lies in no cell; so nothing would be killed.
    """
    found = tuple(
        Target(cell=cell, runtimes=cell.runtimes, whole=True)
        for cell in estate.cells
        if aim.kind == "all" or _TEST[aim.kind](cell, aim.name)
    )
    if aim.kind == "runtime":
        found = tuple(
            Target(
                cell=each.cell,
                runtimes=tuple(one for one in each.cell.runtimes if one.name == aim.name),
                whole=False,
            )
            for each in found
        )
    if not found:
        raise _nothing(aim, _names(estate, aim.kind))
    return found


_TEST: dict[Kind, Callable[[Cell, str], bool]] = {
    "cell": lambda cell, name: cell.id == name,
    "account": lambda cell, name: cell.account.name == name,
    "runtime": lambda cell, name: any(each.name == name for each in cell.runtimes),
}


_CAUSE: dict[Kind, str] = {
    "cell": "the estate has no such cell",
    "account": "the estate has no cell in such an account",
    "runtime": "the estate has no cell with such a runtime",
}


def _names(estate: Estate, kind: Kind) -> Iterable[str]:
    if kind == "cell":
        return [cell.id for cell in estate.cells]
    if kind == "account":
        return sorted({cell.account.name for cell in estate.cells})
    return sorted({each.name for cell in estate.cells for each in cell.runtimes})


def _nothing(aim: Aim, names: Iterable[str]) -> StudioError:
    if aim.kind == "all":
        return StudioError("the estate has no cell", exit_code=ExitCode.USAGE)
    options = list(names)
    return StudioError(
        _CAUSE[aim.kind],
        found=aim.name or "an empty name",
        allowed=listed(options),
        fix=rename_fix(aim.name, options, "name one of these"),
        exit_code=ExitCode.USAGE,
    )
