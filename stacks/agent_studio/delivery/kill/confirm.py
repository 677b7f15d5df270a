"""Acting until a look confirms it, or until time is over.

A step is confirmed by reading back what it changed. What an API answers to the change itself
counts for nothing.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from agent_studio.estate.errors import StudioError

T = TypeVar("T")

CALL_SECONDS = 10.0
"""The longest that one request may take."""

PATIENCE_SECONDS = 15.0
"""How long a fault that may pass is tried again; an operator must know soon that nobody answers."""

READ_BACK_SECONDS = 60.0
"""How long a change that clouds make at once may take until it is seen."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


class UnconfirmedError(StudioError):
    """A step was not confirmed; says why, and what to do.

    Args:
        cause: what is wrong.
        found: what was seen instead of what was wanted.
        fix: what to do.
        passing: whether the same may work later with nothing changed.
    """

    def __init__(
        self, cause: str, *, found: str | None = None, fix: str | None = None, passing: bool = False
    ) -> None:
        self.passing = passing
        super().__init__(cause, found=found, fix=fix)


class Watch:
    """The time that a step has, and what it saw last.

    Args:
        seconds: how long it has from now.
        clock: a clock that never goes back, in seconds.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.seconds = seconds
        self.seen = ""
        """What the last look saw instead of what was wanted."""
        self.clock = clock
        self._sleep = sleep
        self._until = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; never below zero."""
        return max(0.0, self._until - self.clock())

    def call_seconds(self) -> float:
        """How long the next request may take.

        Raises:
            UnconfirmedError: no time is left.
        """
        left = self.left
        if not left:
            raise self.late()
        return min(left, CALL_SECONDS)

    def rest(self, seconds: float) -> bool:
        """Wait; False at once if time is over before."""
        if seconds >= self.left:
            return False
        self._sleep(seconds)
        return True

    def within(self, seconds: float) -> "Watch":
        """A watch that ends no later than this one."""
        return Watch(min(seconds, self.left), clock=self.clock, sleep=self._sleep)

    def late(self) -> UnconfirmedError:
        """What to raise when time is over."""
        return UnconfirmedError(
            f"not confirmed within {self.seconds:.0f} s",
            found=self.seen or "no answer",
            fix="run the same command again; allow more time with --deadline",
        )

    def persist(self, act: Callable[[], T]) -> T:
        """Act, again after faults that may pass, as long as there is patience and time.

        Raises:
            UnconfirmedError: the last one.
        """
        patience = self.clock() + PATIENCE_SECONDS
        pause = _FIRST_PAUSE
        while True:
            self.call_seconds()
            try:
                return act()
            except UnconfirmedError as fault:
                before, self.seen = self.seen, fault.line
                if not fault.passing or self.clock() + pause > patience:
                    raise
                if not self.rest(pause):
                    # A request that the deadline cut short says less than the look before it.
                    self.seen = before or fault.line
                    raise self.late() from None
            pause = min(pause * 2, _LONGEST_PAUSE)

    def until(self, look: Callable[[], str | None]) -> None:
        """Look until all is as wanted.

        Args:
            look: gives what is not yet as wanted, or None.

        Raises:
            UnconfirmedError: time is over, or looking failed.
        """
        pause = _FIRST_PAUSE
        while True:
            found = self.persist(look)
            if found is None:
                return
            self.seen = found
            if not self.rest(pause):
                raise self.late()
            pause = min(pause * 1.5, _LONGEST_PAUSE)
