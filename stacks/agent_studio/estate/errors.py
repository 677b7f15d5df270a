"""Errors that a user can act on."""

from enum import IntEnum


def printable(text: str) -> str:
    r"""Give a text as one line that can't drive a terminal: what is unprintable is escaped.

    >>> print(printable("a" + chr(27) + "[31m"))
    a\x1b[31m
    """
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


class ExitCode(IntEnum):
    """What `studio` ends with."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    DENIED = 3
    DRIFT = 4
    INVALID = 5


class StudioError(Exception):
    """A failure with its cause, the value found, what is allowed, and the fix.

    The command line prints `line` and nothing else; no traceback reaches a user.

    Args:
        cause: what is wrong, as one sentence without a full stop.
        found: the offending value, if there is one.
        allowed: what would be accepted.
        fix: what to do about it.
        exit_code: what the process ends with.
    """

    def __init__(
        self,
        cause: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
        exit_code: ExitCode = ExitCode.ERROR,
    ) -> None:
        self.cause = cause
        self.found = found
        self.allowed = allowed
        self.fix = fix
        self.exit_code = exit_code
        super().__init__(self.line)

    @property
    def line(self) -> str:
        """The whole error on one line."""
        parts = [self.cause]
        if self.found is not None:
            parts.append(f"found {self.found}")
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        if self.fix is not None:
            parts.append(f"fix: {self.fix}")
        return "; ".join(printable(part) for part in parts)

    @property
    def lines(self) -> tuple[str, ...]:
        """What the command line prints, line by line."""
        return (f"error: {self.line}",)
