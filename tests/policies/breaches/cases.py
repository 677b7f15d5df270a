"""The cases of a table of breaches: each at every stage at which it can be seen."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pytest
from policies.breaches.cell import Cell
from policies.breaches.judging import judged

from agent_studio.policies import Stage


class Seen(Protocol):
    """A breach, of whatever stack."""

    @property
    def name(self) -> str:
        """What is broken, in a few words."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Where it can be seen."""


def cases(breaches: Iterable[Seen], *, each: int = 1) -> list[Any]:
    """Give the cases of a table.

    Args:
        breaches: the table.
        each: every so many of the breaches are tried each time, all of them in the slow tests.
    """
    return [
        pytest.param(
            breach,
            stage,
            id=f"{breach.name}-{stage}".replace(" ", "-"),
            marks=() if number % each == 0 else pytest.mark.slow,
        )
        for number, breach in enumerate(breaches)
        for stage in breach.stages
    ]


def standing_cases(breaches: Iterable[Seen]) -> list[Any]:
    """Give the breaches for a stack that stands already, whose plan alone is looked at."""
    return [pytest.param(breach, id=breach.name.replace(" ", "-")) for breach in breaches]


def denied(breach: Any, stack: Cell, stage: Stage, folder: Path) -> None:
    """Break a stack; assert that the gate denies it for the right reason.

    Args:
        breach: the breach.
        stack: the unbroken stack; it is edited.
        stage: what is shown to the gate.
        folder: an empty folder.
    """
    breach.edit(stack)
    verdict = judged(stack, stage, folder)
    found = sorted({finding.control for finding in verdict.findings if finding.blocks})
    assert verdict.verdict == "deny", breach.name
    assert breach.controls.intersection(found), f"{breach.name}: found {found}"
