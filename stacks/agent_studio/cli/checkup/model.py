"""One look at one thing, and how all of them are taken at once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, Queue
from time import monotonic
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one look found.

    Attributes:
        name: what was looked at.
        status: `ok`; `missing` when it is not there or does not work; `skipped` when nothing
            needs it.
        required: whether `studio` can do nothing useful without it.
        found: what was found, in a few words.
        fix: what to do; None when nothing is to be done.
    """

    name: str
    status: Literal["ok", "missing", "skipped"]
    required: bool
    found: str
    fix: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether the machine is not fit because of it."""
        return self.required and self.status == "missing"

    def as_json(self) -> dict[str, object]:
        """The result as machines read it."""
        return {
            "name": self.name,
            "status": self.status,
            "required": self.required,
            "found": self.found,
            "fix": self.fix,
        }


@dataclass(frozen=True, kw_only=True)
class Look:
    """One thing to look at.

    Attributes:
        name: what it is.
        required: whether `studio` can do nothing useful without it.
        take: looks; gives what was found, or raises.
        fix: what to do when it raises.
    """

    name: str
    required: bool
    take: Callable[[], str]
    fix: str


class Unfit(Exception):  # noqa: N818 - it says what the thing is
    """A thing that is missing or does not work; its text says why, its `fix` what to do."""

    def __init__(self, why: str, *, fix: str | None = None) -> None:
        self.fix = fix
        super().__init__(why)


def take_all(looks: Sequence[Look], *, seconds: float) -> list[Result]:
    """Take every look at once, each in a thread, and wait no longer than told.

    Clouds' libraries have time limits of their own that add up to minutes, so that a look that
    takes too long is left behind; its thread ends with the process.

    Args:
        looks: what to look at.
        seconds: how long to wait for all of them together.

    Returns:
        A result for each look, in their order.
    """
    answers: Queue[tuple[int, Result]] = Queue()
    for position, look in enumerate(looks):
        threading.Thread(
            target=lambda p=position, one=look: answers.put((p, _take(one))), daemon=True
        ).start()
    results: dict[int, Result] = {}
    end = monotonic() + seconds
    while len(results) < len(looks):
        try:
            position, result = answers.get(timeout=max(0.0, end - monotonic()))
        except Empty:
            break
        results[position] = result
    late = f"no answer within {seconds:.0f} s"
    return [
        results.get(position) or _missing(look, late, None) for position, look in enumerate(looks)
    ]


def _take(look: Look) -> Result:
    try:
        found = look.take()
    except Unfit as error:
        return _missing(look, str(error), error.fix)
    except Exception as error:  # noqa: BLE001 - a library's failure is a finding, never a traceback
        # The text of an unforeseen error may hold a secret; its type is enough to act on.
        return _missing(look, type(error).__name__, None)
    return Result(name=look.name, status="ok", required=look.required, found=found)


def _missing(look: Look, why: str, fix: str | None) -> Result:
    return Result(
        name=look.name, status="missing", required=look.required, found=why, fix=fix or look.fix
    )
