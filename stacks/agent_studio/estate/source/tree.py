"""Text to a tree with places, event by event, within bounds.

The tree is built from the parser's events rather than by a YAML loader, for three reasons: every
key keeps its place, nesting and aliases are bounded before memory is spent on them, and no tag can
ever construct an object.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from agent_studio.estate.problems import EstateInvalid, Problem
from agent_studio.estate.source.nodes import Mapping, Node, Place, Plain, Scalar, Sequence, plain
from agent_studio.estate.source.scalars import resolve, shown

MAX_DEPTH = 16
"""Twice what `regions.yaml` needs."""
MAX_NODES = 100_000
"""Keys and values, each use of an alias counted anew: what ends a "billion laughs" file. Some 6,000
cells fit."""
MAX_PROBLEMS = 50
"""Problems of YAML itself that are listed before the reading stops."""

_START = Place(1, 1, 0)


@dataclass(frozen=True)
class Source:
    """An estate file as a tree.

    Attributes:
        file: the file, as the user named it.
        text: the file's text.
        root: the document's mapping.
    """

    file: str
    text: str
    root: Mapping

    def plain(self) -> dict[str, Plain]:
        """Give the whole document as plain Python data."""
        return {key: plain(value) for key, value in self.root.entries.items()}

    def find(self, path: Iterable[str | int]) -> Node | None:
        """Give the node at a path, or None where there is none."""
        node: Node = self.root
        for step in path:
            if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
                node = node.entries[step]
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            else:
                return None
        return node

    def place(self, path: tuple[str | int, ...], *, key: bool = False) -> Place:
        """Give the place of the value (or the key) at a path, or of the nearest that exists."""
        if not path:
            return self.root.place
        parent = self.find(path[:-1])
        last = path[-1]
        if isinstance(parent, Mapping) and isinstance(last, str) and last in parent.keys:
            return parent.keys[last] if key else parent.entries[last].place
        if isinstance(parent, Sequence) and isinstance(last, int) and last < len(parent.items):
            return parent.items[last].place
        return self.place(path[:-1], key=True)

    def shown(self, path: tuple[str | int, ...]) -> str | None:
        """Give the value at a path as an error shows it."""
        node = self.find(path)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return shown(node.text) if node.text or node.quoted else "nothing"
        kind = "a list" if isinstance(node, Sequence) else "a mapping"
        count = len(node.items if isinstance(node, Sequence) else node.entries)
        return f"{kind} of {count}"

    def problem(
        self,
        path: tuple[str | int, ...],
        message: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
        key: bool = False,
    ) -> Problem:
        """Make a problem at a path; `key` points at the key rather than at the value."""
        place = self.place(path, key=key)
        return Problem(
            line=place.line,
            column=place.column,
            path=dotted(path),
            message=message,
            found=found if found is not None else self.shown(path) if not key else None,
            allowed=allowed,
            fix=fix,
        )


def parse(file: Path | str, text: str) -> Source:
    """Parse the text of an estate file.

    Args:
        file: the file's name, for errors.
        text: the text, as `read_text` gives it.

    Returns:
        The tree.

    Raises:
        EstateInvalid: the text is no YAML, or more than an estate may hold; every problem that
            could be told is in it.
    """
    builder = _Builder()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except _EnoughError:
        pass
    except ReaderError as error:
        builder.problem(_START, "the text can't be read", found=str(error.reason))
    except MarkedYAMLError as error:
        builder.problems.append(_syntax(error))
    except (YAMLError, ValueError, IndexError, AttributeError, TypeError, AssertionError) as error:
        # The parser's own slips on malformed input; its contract names YAMLError alone.
        builder.problem(
            builder.last, "this is no YAML", found=shown(str(error)), fix="correct the syntax here"
        )
    root = builder.root
    if not builder.problems and not isinstance(root, Mapping):
        builder.problem(
            root.place if root else _START,
            "the file declares no estate",
            found="an empty file"
            if root is None or (isinstance(root, Scalar) and not root.text)
            else "a list"
            if isinstance(root, Sequence)
            else shown(root.text),
            allowed="a mapping with version, studio, core, vault, ...",
            fix="start from the example in the README",
        )
    if builder.problems or not isinstance(root, Mapping):
        raise EstateInvalid(file, builder.problems)
    return Source(file=str(file), text=text, root=root)


class _EnoughError(Exception):
    """Enough was seen."""


class _Builder:
    """Builds the tree from events; keeps its own stack, so depth costs no recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.last = _START
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
            raise _EnoughError

    def take(self, event: Any) -> None:
        """Take one event of the parser."""
        kind = type(event).__name__
        self.last = place = _place(event.start_mark)
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
                raise _EnoughError
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._start(event, kind, place)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._end(_place(event.end_mark))
        elif kind == "ScalarEvent":
            self._scalar(event, place)
        elif kind == "AliasEvent":
            self._alias(str(event.anchor), place, _place(event.end_mark))

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
            raise _EnoughError
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
            raise _EnoughError
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
            end=_place(event.end_mark),
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
            raise _EnoughError
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
            raise _EnoughError

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


def _place(mark: Any) -> Place:
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


def _syntax(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = _place(mark) if mark is not None else _START
    message = " ".join(str(error.problem or error.context or "this is no YAML").split())
    fix = "correct the syntax here; an editor with YAML support shows it"
    if "'\\t'" in message:
        fix = "indent with spaces, never with tabs"
    elif "expected <block end>" in message or "mapping values are not allowed" in message:
        fix = "check the indentation of this line, and the line before it"
    return Problem(
        line=place.line,
        column=place.column,
        path="",
        message=f"this is no YAML: {message}",
        allowed="YAML 1.2",
        fix=fix,
    )


def scalars(node: Node) -> Iterator[Scalar]:
    """Walk every scalar under a node."""
    if isinstance(node, Scalar):
        yield node
        return
    for child in node.items if isinstance(node, Sequence) else node.entries.values():
        yield from scalars(child)
