"""Builds the tree from the parser's events, within bounds."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from agent_studio.estate.problems import Problem
from agent_studio.estate.source.nodes import Mapping, Node, Place, Scalar, Sequence
from agent_studio.estate.source.scalars import resolve, shown

MAX_DEPTH = 16
"""Twice what `regions.yaml` needs."""
MAX_NODES = 100_000
"""Keys and values, each use of an alias counted anew: what ends a "billion laughs" file. Some 6,000
cells fit."""
MAX_PROBLEMS = 50
"""Problems of YAML itself that are listed before the reading stops."""

START = Place(1, 1, 0)


class EnoughError(Exception):
    """Enough was seen."""


class Builder:
    """Builds the tree from events; keeps its own stack, so depth costs no recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.last = START
        self._open: list[tuple[Sequence | Mapping, str | None]] = []
        self._key: list[tuple[str, Place] | None] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._marks: list[tuple[str, int] | None] = []
        self._nodes = 0
        self._documents = 0

    def problem(
        self,
        place: Place,
        message: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Note a problem of the YAML itself."""
        path = dotted(key[0] for key in self._key if key)
        self.problems.append(
            Problem(
                line=place.line,
                column=place.column,
                path=path,
                message=message,
                found=found,
                allowed=allowed,
                fix=fix,
            )
        )
        if len(self.problems) >= MAX_PROBLEMS:
            raise EnoughError

    def take(self, event: Any) -> None:
        """Take one event of the parser."""
        kind = type(event).__name__
        self.last = place = place_of(event.start_mark)
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self.problem(
                    place,
                    "a second document starts here",
                    found="`---`",
                    allowed="one document",
                    fix="delete the line `---` or move what follows to another file",
                )
                raise EnoughError
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._start(event, kind, place)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._end(place_of(event.end_mark))
        elif kind == "ScalarEvent":
            self._scalar(event, place)
        elif kind == "AliasEvent":
            self._alias(str(event.anchor), place, place_of(event.end_mark))

    def _start(self, event: Any, kind: str, place: Place) -> None:
        self._count(1, place)
        self._no_tag(event, place)
        if len(self._open) >= MAX_DEPTH:
            self.problem(
                place,
                "too deeply nested",
                found=f"more than {MAX_DEPTH} levels",
                allowed=f"at most {MAX_DEPTH} levels",
                fix="an estate needs 5; look for a bracket too many",
            )
            raise EnoughError
        node: Sequence | Mapping
        if kind == "MappingStartEvent":
            node = Mapping(place=place, end=place, flow=bool(event.flow_style))
        else:
            node = Sequence(place=place, end=place, flow=bool(event.flow_style))
        if self._awaits_key():
            self.problem(
                place,
                "a key that is no plain word",
                found="a mapping" if isinstance(node, Mapping) else "a list",
                allowed="plain text",
                fix="look for a missing quote or for braces where a word belongs",
            )
            raise EnoughError
        self._open.append((node, None if event.anchor is None else str(event.anchor)))
        self._marks.append(None if event.anchor is None else (str(event.anchor), self._nodes))
        self._key.append(None)

    def _end(self, end: Place) -> None:
        node, _ = self._open.pop()
        self._key.pop()
        node.end = end
        mark = self._marks.pop()
        if mark:
            self._anchors[mark[0]] = (node, self._nodes - mark[1] + 1)
        self._place_value(node)

    def _scalar(self, event: Any, place: Place) -> None:
        self._count(1, place)
        self._no_tag(event, place)
        text = str(event.value)
        if any("\ud800" <= c <= "\udfff" or c == "\x00" for c in text):
            self.problem(
                place,
                "an escape that stands for no character",
                found=shown(text),
                allowed="text",
                fix="delete the escape",
            )
            text = "".join(c for c in text if not ("\ud800" <= c <= "\udfff" or c == "\x00"))
        if self._awaits_key():
            self._new_key(text, place)
            return
        quoted = event.style is not None
        node = Scalar(
            place=place,
            end=place_of(event.end_mark),
            value=text if quoted else resolve(text),
            text=text,
            quoted=quoted,
        )
        if event.anchor is not None:
            self._anchors[str(event.anchor)] = (node, 1)
        self._place_value(node)

    def _alias(self, name: str, place: Place, end: Place) -> None:
        found = self._anchors.get(name)
        if found is None or self._awaits_key():
            self.problem(
                place,
                "an alias of an anchor that is not declared above"
                if found is None
                else "an alias as a key",
                found=shown(f"*{name}"),
                allowed=", ".join(f"*{a}" for a in sorted(self._anchors)[:8])
                or "no anchor is declared"
                if found is None
                else "plain text",
                fix=f"declare it with &{shown(name)[1:-1]} before its use, or write the value out"
                if found is None
                else "write the key out",
            )
            raise EnoughError
        node, size = found
        self._count(size, place)
        self._place_value(replace(node, place=place, end=end, alias=True))

    def _new_key(self, text: str, place: Place) -> None:
        mapping, _ = self._open[-1]
        assert isinstance(mapping, Mapping)  # noqa: S101 - only mappings await keys
        self._key[-1] = (text, place)
        if text == "<<":
            self.problem(
                place,
                "merge keys are not read (YAML 1.2 has none)",
                found="`<<`",
                allowed="keys written out",
                fix="write the merged keys out",
            )
        elif text in mapping.entries:
            first = mapping.keys[text]
            self.problem(
                place,
                "the key stands twice",
                found=f"{shown(text)} again, first on line {first.line}",
                allowed="each key once",
                fix="delete one of the two",
            )

    def _place_value(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent, _ = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self._key[-1]
        if key is None:  # an alias or a scalar was refused as a key
            return
        parent.entries.setdefault(key[0], node)
        parent.keys.setdefault(key[0], key[1])
        self._key[-1] = None

    def _awaits_key(self) -> bool:
        return bool(self._open and isinstance(self._open[-1][0], Mapping) and self._key[-1] is None)

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self.problem(
                place,
                "the file holds too much",
                found=f"more than {MAX_NODES:,} keys and values, aliases written out",
                allowed=f"at most {MAX_NODES:,}",
                fix="split the estate into several studios; write fewer aliases",
            )
            raise EnoughError

    def _no_tag(self, event: Any, place: Place) -> None:
        tag = getattr(event, "ctag", None)
        if tag is not None and str(tag) not in ("None", ""):
            self.problem(
                place,
                "a tag",
                found=shown(str(tag)),
                allowed="untagged values",
                fix="delete the tag; put text in quotes",
            )


def place_of(mark: Any) -> Place:
    """Give the place of a parser's mark, which counts from 0."""
    return Place(int(mark.line) + 1, int(mark.column) + 1, int(mark.index))


def dotted(path: Iterable[str | int], *, limit: int = 80) -> str:
    """Join a path's steps; a step is cut to `limit` characters.

    >>> dotted(("runtimes", "collector", "egress", 0))
    'runtimes.collector.egress[0]'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + (step if len(step) <= limit else f"{step[:limit]}...")
    return text
