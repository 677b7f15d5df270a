"""A breach: one edit of the example cell, and the control that must deny it."""

from collections.abc import Callable
from dataclasses import dataclass

from policies.breaches.cell import Cell

from agent_studio.policies import Stage

Edit = Callable[[Cell], None]
BOTH = (Stage.STATIC, Stage.PLAN)


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One way to break the cell.

    Attributes:
        name: what is broken, in a few words.
        why: why it is a breach, in one line.
        controls: the right controls; where one edit breaks two things, either will do.
        stages: where it can be seen.
        edit: the edit.
    """

    name: str
    why: str
    controls: frozenset[str]
    stages: tuple[Stage, ...]
    edit: Edit


_TOLD: dict[str, Breach] = {}


def breach(*controls: str, stages: tuple[Stage, ...] = BOTH) -> Callable[[Edit], Edit]:
    """Enter a function in the table: its name is the breach's name, its docstring the reason.

    Args:
        controls: the right controls, without `studio/`.
        stages: where it can be seen.
    """

    def enter(edit: Edit) -> Edit:
        name = edit.__name__.replace("_", "-")
        if name in _TOLD or not edit.__doc__:
            raise ValueError(f"{name} needs a name of its own and a reason")
        _TOLD[name] = Breach(
            name=name,
            why=edit.__doc__.strip(),
            controls=frozenset(f"studio/{control}" for control in controls),
            stages=stages,
            edit=edit,
        )
        return edit

    return enter


def told() -> tuple[Breach, ...]:
    """Every breach entered so far, in order."""
    return tuple(_TOLD.values())
