"""A YAML document with places, as small as an estate needs it.

A node that is written as an alias has the alias's own place, and shares what lies below it with
the node that the anchor names.
"""

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: line and column from 1, and the offset in characters from 0."""

    line: int
    column: int
    index: int


@dataclass(slots=True)
class Scalar:
    """A single value: what it means, and how it was written."""

    place: Place
    end: Place
    value: str | int | float | bool | None
    text: str
    quoted: bool
    alias: bool = False


@dataclass(slots=True)
class Sequence:
    """A list."""

    place: Place
    end: Place
    flow: bool
    items: list["Node"] = field(default_factory=list)
    alias: bool = False


@dataclass(slots=True)
class Mapping:
    """A mapping; keys keep their order and their places."""

    place: Place
    end: Place
    flow: bool
    entries: dict[str, "Node"] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    alias: bool = False


Node: TypeAlias = Scalar | Sequence | Mapping
Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


def plain(node: Node) -> Plain:
    """Give a node as plain Python data; the tree's depth is bounded, so recursion is safe."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}
