"""What of a kill is confirmed, as far as it is known at any time."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_studio.delivery.kill.confirm import UnconfirmedError


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a step ended.

    Attributes:
        name: the step.
        seconds: how long it took until it was confirmed, or given up.
        fault: why it was not confirmed; None if it was.
    """

    name: str
    seconds: float
    fault: UnconfirmedError | None = None

    @property
    def confirmed(self) -> bool:
        """Whether what the step wants was seen."""
        return self.fault is None

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        document: dict[str, Any] = {
            "name": self.name,
            "confirmed": self.confirmed,
            "seconds": round(self.seconds, 3),
        }
        if self.fault is not None:
            document["error"] = {
                "cause": self.fault.cause,
                "found": self.fault.found,
                "fix": self.fault.fix,
            }
        return document


@dataclass(frozen=True, kw_only=True)
class CellReport:
    """How all steps of a cell ended.

    Attributes:
        id: the cell.
        outcomes: its steps, in the order of the plan.
    """

    id: str
    outcomes: tuple[Outcome, ...]

    @property
    def confirmed(self) -> bool:
        """Whether every step was confirmed."""
        return all(each.confirmed for each in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        steps = [each.as_json() for each in self.outcomes]
        return {"id": self.id, "confirmed": self.confirmed, "steps": steps}


Tell = Callable[[str, Outcome], None]
"""Called with a cell and a step that has ended; what it raises is passed by."""


class Board:
    """The steps of all cells, each with its outcome once there is one.

    Args:
        steps: names of the steps of each cell.
        tell: called after each step, by one thread at a time.
    """

    def __init__(self, steps: Mapping[str, Iterable[str]], tell: Tell) -> None:
        self._steps = {cell: tuple(names) for cell, names in steps.items()}
        self._began: dict[tuple[str, str], float] = {}
        self._seen: dict[tuple[str, str], Callable[[], str]] = {}
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._tell = tell
        self._opened = time.monotonic()

    def begin(self, cell: str, step: str, seen: Callable[[], str]) -> None:
        """Note that a step begins; `seen` tells what it saw last."""
        with self._changed:
            self._began[cell, step] = time.monotonic()
            self._seen[cell, step] = seen

    def end(self, cell: str, step: str, fault: UnconfirmedError | None) -> None:
        """Note how a step ended; nothing counts any more once the board is closed."""
        with self._changed:
            if not self._closed:
                self._put(cell, step, fault)
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until every step has ended, at most so long; whether all have."""
        total = sum(len(names) for names in self._steps.values())
        with self._changed:
            return self._changed.wait_for(lambda: len(self._outcomes) == total, seconds)

    def close(self, late: Callable[[str], UnconfirmedError]) -> tuple[CellReport, ...]:
        """Take what there is for final: what has not ended is not confirmed.

        Args:
            late: makes the fault of a step that has not ended, from what it saw last.
        """
        with self._changed:
            self._closed = True
            for cell, names in self._steps.items():
                for name in names:
                    if (cell, name) not in self._outcomes:
                        seen = self._seen.get((cell, name), lambda: "not begun")()
                        self._put(cell, name, late(seen))
            return tuple(
                CellReport(id=cell, outcomes=tuple(self._outcomes[cell, name] for name in names))
                for cell, names in self._steps.items()
            )

    def _put(self, cell: str, step: str, fault: UnconfirmedError | None) -> None:
        seconds = time.monotonic() - self._began.get((cell, step), self._opened)
        outcome = Outcome(name=step, seconds=seconds, fault=fault)
        self._outcomes[cell, step] = outcome
        # Whoever listens may have gone, e.g. a terminal; the steps after this one go on.
        with contextlib.suppress(Exception):
            self._tell(cell, outcome)
