"""What is wrong with an estate file, place by place."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent_studio.estate.errors import ExitCode, StudioError, printable


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, where it stands, and what to do about it.

    Attributes:
        line: the line, from 1; 1 where the file as a whole is meant.
        column: the column, from 1, in characters.
        path: the keys that lead to the place, joined by dots; empty for the file as a whole.
        message: what is wrong, as one phrase.
        found: the offending value as written; None where something is missing.
        allowed: what would be accepted.
        fix: what to do.
    """

    line: int
    column: int
    path: str
    message: str
    found: str | None = None
    allowed: str | None = None
    fix: str | None = None

    def text(self, file: str) -> str:
        """Give the problem as one line that editors and terminals can jump to."""
        parts = [f"{file}:{self.line}:{self.column}: {self.path + ': ' if self.path else ''}"]
        parts[0] += self.message
        if self.found is not None:
            parts.append(f"found {self.found}")
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        if self.fix is not None:
            parts.append(f"fix: {self.fix}")
        return "; ".join(printable(part) for part in parts)

    def as_dict(self) -> dict[str, object]:
        """Give the problem as `studio estate check --format json` prints it."""
        return {
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "found": self.found,
            "allowed": self.allowed,
            "fix": self.fix,
            "message": self.message,
        }


class EstateInvalid(StudioError):  # noqa: N818 - the name says what the file is
    """The estate file is invalid; every problem of it is here, in the order of its lines.

    Args:
        file: the estate file, as the user named it.
        problems: at least one problem.
    """

    def __init__(self, file: Path | str, problems: Iterable[Problem]) -> None:
        self.file = str(file)
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.line, p.column, p.path)))
        count = len(self.problems)
        super().__init__(
            f"{self.file} has {count} {'problem' if count == 1 else 'problems'}: "
            + " | ".join(self.lines),
            exit_code=ExitCode.INVALID,
        )

    def __reduce__(self) -> tuple[type["EstateInvalid"], tuple[str, tuple[Problem, ...]]]:
        """Let the error cross to another process, as errors of process pools do."""
        return type(self), (self.file, self.problems)

    @property
    def lines(self) -> tuple[str, ...]:
        """Every problem on its own line."""
        return tuple(problem.text(self.file) for problem in self.problems)
