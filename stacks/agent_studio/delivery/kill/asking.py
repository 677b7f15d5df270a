"""What all clouds' clients have in common: they are made once, and say alike what went wrong."""

import threading
from collections.abc import Callable
from typing import Any

from agent_studio.delivery.kill.confirm import UnconfirmedError
from agent_studio.estate.model import Cell

CONNECT_SECONDS = 5.0
"""How long a connection may take to be made."""

REACH = "see that its API can be reached from here"

APPLIED = "see that the cell was applied, and that the estate's file is the one applied"
LONGEST = 200
"""Characters of what a cloud says that are told on."""


class Clients:
    """A cell's clients, each made when first needed; safe for threads.

    Args:
        cell: the cell.
        sign_in: gives what they are made with: credentials, or a session that has them.
    """

    def __init__(self, cell: Cell, sign_in: Callable[[Cell], Any]) -> None:
        self._cell = cell
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._signed_in: Any = None
        self._made: dict[str, Any] = {}

    def once(self, key: str, make: Callable[[Any], Any]) -> Any:
        """A client; `make` takes what `sign_in` gave."""
        with self._lock:
            if self._signed_in is None:
                self._signed_in = self._sign_in(self._cell)
            if key not in self._made:
                self._made[key] = make(self._signed_in)
            return self._made[key]


def unanswered(cloud: str, what: str, error: Exception, *, fix: str = REACH) -> UnconfirmedError:
    """What to raise where a cloud did not answer; the same may work later."""
    return UnconfirmedError(
        f"{cloud} did not answer: {what}", found=type(error).__name__, fix=fix, passing=True
    )


def unknown_caller(cloud: str, what: str, error: Exception, *, fix: str) -> UnconfirmedError:
    """What to raise where nobody is signed in whom a cloud knows."""
    return UnconfirmedError(
        f"there are no credentials that {cloud} takes: {what}",
        found=type(error).__name__,
        fix=fix,
    )


def refused(
    cloud: str,
    what: str,
    *,
    found: str,
    status: int,
    allowed: str,
    otherwise: str,
    denied: bool = False,
    missing: bool = False,
    slowed: bool = False,
) -> UnconfirmedError:
    """What to raise for an answer that is an error.

    Args:
        cloud: the cloud's name.
        what: what was asked.
        found: what the cloud said.
        status: the HTTP status.
        allowed: what to do where the caller may not.
        otherwise: what to do where nothing better is known.
        denied: whether the cloud's own words say that the caller may not, whatever the status.
        missing: whether they say that there is no such thing.
        slowed: whether they say that there were too many requests.
    """
    fix = otherwise
    if denied or status in (401, 403):
        fix = allowed
    elif missing:
        fix = APPLIED
    return UnconfirmedError(
        f"{cloud} refused: {what}",
        found=found,
        fix=fix,
        passing=slowed or status >= 500 or status == 429,
    )
