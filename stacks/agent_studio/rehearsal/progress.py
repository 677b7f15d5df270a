"""Lines that say what a rehearsal does, each with the time since its start."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Progress:
    """Tells lines with the elapsed time; safe to use from several threads.

    Attributes:
        write: what takes a finished line.
    """

    write: Callable[[str], None]
    _begun: float = field(default_factory=monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return monotonic() - self._begun

    def tell(self, line: str) -> None:
        """Write one line, e.g. `[ 12.3 s] plan: core: 164 to add`."""
        with self._lock:
            self.write(f"[{self.elapsed:6.1f} s] {line}")
