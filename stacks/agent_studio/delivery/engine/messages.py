"""What the engine says in its machine-readable output (`-json`), read line by line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LINE_LIMIT = 4_000_000
"""Characters of one message; longer ones are no message of the engine's."""


@dataclass(frozen=True)
class Diagnostic:
    """An error or warning.

    Attributes:
        severity: `error` or `warning`.
        summary: one line.
        detail: the rest, several lines.
        address: the resource it is about, if any.
    """

    severity: str
    summary: str
    detail: str
    address: str | None

    @property
    def line(self) -> str:
        """The diagnostic on one line of bounded length."""
        detail = " ".join(self.detail.split())
        text = f"{self.summary}: {detail}" if detail else self.summary
        if self.address and self.address not in text:
            text = f"{self.address}: {text}"
        return text if len(text) <= 500 else f"{text[:497]}..."


@dataclass
class Messages:
    """Everything of interest in one command's output.

    Attributes:
        diagnostics: errors and warnings in order.
        started: addresses whose creation began.
        created: address -> the id that the engine printed when the creation was done.
        drifted: addresses that a refresh found other than the state has them.
        completed: whether the final summary of an apply was printed.
        changes: the summary's counts: add, change, remove, import.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    started: set[str] = field(default_factory=set)
    created: dict[str, str] = field(default_factory=dict)
    drifted: set[str] = field(default_factory=set)
    completed: bool = False
    changes: dict[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that are errors."""
        return [one for one in self.diagnostics if one.severity == "error"]


def read_messages(path: Path) -> Messages:
    """Read a command's standard output; lines that are no messages are passed by.

    A process that was killed leaves a last line cut short: it is passed by too.
    """
    found = Messages()
    for message in _messages(path):
        match message.get("type"):
            case "diagnostic":
                found.diagnostics.append(_diagnostic(message.get("diagnostic") or {}))
            case "apply_start":
                hook = message.get("hook") or {}
                if hook.get("action") == "create":
                    found.started.add(_address(hook))
            case "apply_complete":
                hook = message.get("hook") or {}
                if hook.get("action") == "create" and hook.get("id_value"):
                    found.created[_address(hook)] = str(hook["id_value"])
            case "resource_drift":
                found.drifted.add(_address(message.get("change") or {}))
            case "change_summary":
                changes = message.get("changes") or {}
                found.changes = {k: v for k, v in changes.items() if isinstance(v, int)}
                found.completed = changes.get("operation") == "apply"
    return found


def _messages(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.startswith("{") or len(line) > _LINE_LIMIT:
                continue
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict):
                yield value


def _diagnostic(value: dict[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=str(value.get("severity", "error")),
        summary=str(value.get("summary", "")),
        detail=str(value.get("detail") or ""),
        address=value.get("address"),
    )


def _address(hook: dict[str, Any]) -> str:
    return str((hook.get("resource") or {}).get("addr", ""))
