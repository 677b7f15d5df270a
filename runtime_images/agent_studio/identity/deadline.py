"""One deadline over all that a call does: names, sockets, handshakes, retries and waits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float | None] = ContextVar("agent_studio_identity_deadline", default=None)


class DeadlineError(TimeoutError):
    """The time for the call is over."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound everything in the block; an outer deadline that ends earlier stays.

    Args:
        seconds: how long the block may take.
    """
    outer = _until.get()
    until = time.monotonic() + seconds
    mark = _until.set(until if outer is None else min(outer, until))
    try:
        yield
    finally:
        _until.reset(mark)


def remaining() -> float | None:
    """Give the seconds left; None where there is no deadline.

    Raises:
        DeadlineError: none is left.
    """
    until = _until.get()
    if until is None:
        return None
    left = until - time.monotonic()
    if left <= 0:
        raise DeadlineError("the deadline has passed")
    return left
