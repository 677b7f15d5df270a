"""The page that explains in what twins differ from the real provider, held against what differs."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from agent_studio.rehearsal.twins.comparison import Found

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "twins.md"
_ROW = re.compile(r"^\| (?P<kind>[^|]+) \| `(?P<path>[^`]+)` \| (?P<why>[^|]+) \|$", re.M)


def unexplained(found: Iterable[Found], kinds: type[StrEnum]) -> list[str]:
    """Every difference that the page does not explain, as a row to add to it."""
    known = list(_explained(kinds))
    return sorted(
        f"| {each.kind} | `{each.path}` | | (twin: {each.twin}; real: {each.real})"
        for each in found
        if not any(each.kind is kind and fnmatchcase(each.path, path) for kind, path in known)
    )


def stale(found: Iterable[Found], kinds: type[StrEnum]) -> list[tuple[StrEnum, str]]:
    """Every explanation of a difference that is gone."""
    differences = list(found)
    return [
        (kind, path)
        for kind, path in _explained(kinds)
        if not any(each.kind is kind and fnmatchcase(each.path, path) for each in differences)
    ]


def _explained(kinds: type[StrEnum]) -> Iterator[tuple[StrEnum, str]]:
    for row in _ROW.finditer(PAGE.read_text("utf-8")):
        if row["kind"] in set(kinds):
            yield kinds(row["kind"]), row["path"]
