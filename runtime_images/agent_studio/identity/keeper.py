"""The thread that renews logins in the background."""

import threading
import time
from collections.abc import Sequence

from agent_studio.identity.session import Session

_LONGEST_WAIT = 3600.0


class Keeper:
    """Tends sessions from the first login until it is stopped."""

    def __init__(self) -> None:
        self._sessions: Sequence[Session] = ()
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def keep(self, sessions: Sequence[Session]) -> None:
        """Name the sessions to tend."""
        self._sessions = sessions

    def wake(self) -> None:
        """Look at the sessions again; starts the thread the first time."""
        with self._lock:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(
                    target=self._run, name="agent-studio-identity", daemon=True
                )
                self._thread.start()
        self._wake.set()

    def stop(self, seconds: float) -> None:
        """End the thread, and wait for it at most so long."""
        with self._lock:
            self._stopped = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            due = min((session.tend() for session in self._sessions), default=float("inf"))
            wait = min(max(due - time.monotonic(), 0.0), _LONGEST_WAIT)
            if not self._stopped:
                self._wake.wait(wait)
