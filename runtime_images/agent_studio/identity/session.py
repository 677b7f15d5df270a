"""One login, kept alive: made when needed, renewed ahead of its end, made anew when it is lost."""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import hvac  # type: ignore[import-untyped]

from agent_studio.identity.connection import Connection, process
from agent_studio.identity.deadline import DeadlineError, remaining, within
from agent_studio.identity.errors import ClosedError, IdentityError, NetworkError, PolicyError
from agent_studio.identity.faults import fault, login_fault
from agent_studio.identity.grant import Grant, log_in
from agent_studio.identity.guarded import guarded, outcome
from agent_studio.identity.settings import Place
from agent_studio.identity.sources import TokenSource

T = TypeVar("T")
_LOG = logging.getLogger("agent_studio.identity")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_LONGEST_IDLE = 30.0
"""The longest pause between two tries in the background, in seconds."""


class Session:
    """A login in one place.

    Safe for threads: one of them logs in, the others wait for it, each within its own deadline.

    Args:
        connection: the way to Vault.
        place: where and as what to log in.
        source: gives the workload's tokens.
        deadline: how long a call may take, in seconds, with all retries.
        clock: a clock that never goes back, in seconds.
        draw: gives a random number between two.
        changed: called after each login, renewal and loss.
    """

    def __init__(
        self,
        connection: Connection,
        place: Place,
        source: TokenSource,
        *,
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[float, float], float] = random.uniform,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.place = place
        self._connection = connection
        self._source = source
        self._deadline = deadline
        self._clock = clock
        self._draw = draw
        self._changed = changed
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._closed = threading.Event()
        self._failures = 0
        self._retry_at = 0.0
        self._owner = process()

    def __repr__(self) -> str:
        return f"<session as {self.place.role}, {'live' if self.live else 'not logged in'}>"

    @property
    def live(self) -> bool:
        """Whether a login holds, as far as this side knows."""
        grant = self._grant
        return grant is not None and self._clock() < grant.ends

    def call(self, request: Callable[[hvac.Client], T]) -> T:
        """Send a request under a live login; within the deadline, tried again after passing faults.

        Args:
            request: sends it and takes from the answer what is wanted, secrets as `Secret`.

        Returns:
            what it gave.

        Raises:
            IdentityError: which fault, says its type.
        """
        with within(self._deadline):
            return self._persist(lambda: self._attempt(request))

    def _attempt(self, request: Callable[[hvac.Client], T]) -> T:
        if process() != self._owner:
            # A fork has its parent's connections and login, and no thread to renew it.
            raise ClosedError("the client belongs to another process: make one after the fork")
        grant = self._live_grant()
        result = outcome(lambda: request(grant.client), fault)
        # Vault says "permission denied" of a dead login, too.
        if isinstance(result, PolicyError) and self._dead(grant):
            self._replace(grant, None)
            again = self._live_grant()
            result = outcome(lambda: request(again.client), fault)
        if isinstance(result, IdentityError):
            raise result
        return result

    def _persist(self, attempt: Callable[[], T]) -> T:
        pause = _FIRST_PAUSE
        while True:
            result = outcome(attempt, fault)
            if not isinstance(result, IdentityError):
                return result
            if not result.passing or not self._rest(self._draw(pause / 2, pause)):
                raise result
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _rest(self, seconds: float) -> bool:
        """Wait; False at once if the deadline ends before, or when the session is closed."""
        try:
            left = remaining()
        except DeadlineError:
            return False
        if left is not None and left <= seconds:
            return False
        return not self._closed.wait(seconds)

    def _live_grant(self) -> Grant:
        grant = self._grant
        if grant is not None and self._clock() < grant.ends and not self._closed.is_set():
            return grant
        left = remaining()
        if not self._lock.acquire(timeout=-1 if left is None else left):
            raise NetworkError("Vault can't be reached: another login did not end in time")
        try:
            if self._closed.is_set():
                raise ClosedError("the client is closed")
            grant = self._grant
            if grant is None or self._clock() >= grant.ends:
                grant = self._grant = self._log_in()
        finally:
            self._lock.release()
        self._changed()
        return grant

    def _log_in(self) -> Grant:
        token = self._source.token()
        now = self._clock()
        return guarded(
            lambda: log_in(self._connection, self.place, token, now, self._draw),
            lambda error: login_fault(error, self.place.role),
        )

    def _dead(self, grant: Grant) -> bool:
        """Whether Vault knows the login no more."""
        result = outcome(lambda: bool(grant.client.auth.token.lookup_self()), fault)
        if isinstance(result, IdentityError) and not isinstance(result, PolicyError):
            raise result
        return isinstance(result, PolicyError)

    def _replace(self, old: Grant | None, new: Grant | None) -> bool:
        """Put a login in another's place, unless a third or the end came between."""
        with self._lock:
            if self._grant is not old or self._closed.is_set():
                return False
            self._grant = new
            return True

    def tend(self) -> float:
        """Renew the login if that is due; called in the background.

        Returns:
            when to call again, by the clock.
        """
        grant, now = self._grant, self._clock()
        if grant is None or self._closed.is_set():
            return float("inf")
        due = max(grant.renew_at, self._retry_at)
        if now < due:
            return due
        with within(self._deadline):
            result = outcome(lambda: self._refreshed(grant), fault)
        if isinstance(result, IdentityError):
            self._failures += 1
            longest = min(2.0 ** min(self._failures - 1, 6), _LONGEST_IDLE)
            # Never so long that a short login ends without another try.
            longest = min(longest, max(grant.lifetime / 10, _FIRST_PAUSE))
            self._retry_at = self._clock() + self._draw(longest / 2, longest)
            _LOG.warning("renewal as %s failed: %s", self.place.role, result)
            return self._retry_at
        self._failures, self._retry_at = 0, 0.0
        return result.renew_at

    def _refreshed(self, grant: Grant) -> Grant:
        """A login for longer: the same, or a new one where the old can't be renewed."""
        if not grant.worn and self._clock() < grant.ends:
            now = self._clock()
            result = outcome(
                lambda: grant.renewed(grant.client.auth.token.renew_self(), now, self._draw), fault
            )
            if isinstance(result, Grant):
                self._replace(grant, result)
                return result
            if not isinstance(result, PolicyError):
                raise result
        made = self._log_in()
        if not self._replace(grant, made):
            self._revoke(made)
            return self._grant or grant
        self._revoke(grant)
        return made

    def close(self) -> bool:
        """Revoke the login; every call after it fails.

        Returns:
            whether Vault confirmed that no login is left. If not, it ends by itself in time.
        """
        self._closed.set()
        with within(self._deadline):
            try:
                left = remaining()
            except DeadlineError:
                return False
            if not self._lock.acquire(timeout=-1 if left is None else left):
                return False
            try:
                grant, self._grant = self._grant, None
            finally:
                self._lock.release()
            return grant is None or self._clock() >= grant.ends or self._revoke(grant)

    def _revoke(self, grant: Grant) -> bool:
        result = outcome(lambda: bool(grant.client.auth.token.revoke_self().ok), fault)
        # A login that Vault knows no more is revoked.
        if result is True or isinstance(result, PolicyError):
            return True
        _LOG.warning("could not revoke the login as %s: %s", self.place.role, result)
        return False
