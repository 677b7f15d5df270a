"""Insertions into and deletions from the text of a YAML mapping."""

import re

from agent_studio.estate.errors import StudioError
from agent_studio.estate.source import Mapping, Node, Scalar

_COMMENT = re.compile(r"[ \t]*#[^\n]*\n?\Z")


def with_entry(
    text: str, owner: tuple[Mapping, str], mapping: Mapping, lines: list[tuple[int, str]]
) -> str:
    """Add an entry at the end of a mapping.

    Args:
        text: the file's text.
        owner: the mapping that holds `mapping`, and under which key.
        mapping: the mapping that gets the entry.
        lines: the entry, line by line, each with its depth below the mapping.
    """
    _refuse_alias(*owner)
    if mapping.flow and mapping.entries:
        _, last = list(mapping.entries.items())[-1]
        entry = lines[0][1] if len(lines) == 1 else f"{lines[0][1]} {{{lines[1][1]}}}"
        return f"{text[: last.end.index]}, {entry}{text[last.end.index :]}"
    if mapping.flow:
        return _fill_empty(text, owner, mapping, lines)
    column = next(iter(mapping.keys.values())).column - 1
    at = _line_end(text, _last_end(mapping))
    return text[:at] + _block(text, at, column, lines) + text[at:]


def without_entry(text: str, owner: tuple[Mapping, str], mapping: Mapping, key: str) -> str:
    """Delete an entry of a mapping; a comment on lines of its own stays.

    Args:
        text: the file's text.
        owner: the mapping that holds `mapping`, and under which key.
        mapping: the mapping that holds the entry.
        key: the entry's key.
    """
    _refuse_alias(*owner)
    keys = list(mapping.entries)
    position = keys.index(key)
    start, end = mapping.keys[key].index, _last_end(mapping.entries[key])
    if mapping.flow:
        if position:
            start = _last_end(mapping.entries[keys[position - 1]])
        elif len(keys) > 1:
            end = mapping.keys[keys[1]].index
        return text[:start] + text[end:]
    first = text.rfind("\n", 0, start) + 1
    stop = _line_end(text, end)
    kept = _comment_lines(text[first:stop])
    if not kept and stop == len(text) and not text.endswith("\n"):
        first = max(first - (2 if text[first - 2 : first] == "\r\n" else 1), 0)
    without = text[:first] + kept + text[stop:]
    if len(keys) > 1:
        return without
    parent, name = owner
    colon = text.index(":", parent.keys[name].index + len(name))
    return f"{without[: colon + 1]} {{}}{without[colon + 1 :]}"


def _fill_empty(
    text: str, owner: tuple[Mapping, str], mapping: Mapping, lines: list[tuple[int, str]]
) -> str:
    parent, name = owner
    start, end = mapping.place.index, mapping.end.index
    if parent.flow:
        entry = lines[0][1] if len(lines) == 1 else f"{lines[0][1]} {{{lines[1][1]}}}"
        return f"{text[:start]}{{{entry}}}{text[end:]}"
    column = parent.keys[name].column - 1 + 2
    start -= text[start - 1] == " "
    text = text[:start] + text[end:]
    at = _line_end(text, start)
    return text[:at] + _block(text, at, column, lines) + text[at:]


def _block(text: str, at: int, column: int, lines: list[tuple[int, str]]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    block = [f"{' ' * (column + 2 * depth)}{line}" for depth, line in lines]
    if at and text[at - 1] != "\n":
        return newline + newline.join(block)
    return "".join(line + newline for line in block)


def _last_end(node: Node) -> int:
    """Give the offset behind a node's last character; a block's own end lies further on."""
    if node.alias or isinstance(node, Scalar):
        return node.end.index
    if isinstance(node, Mapping):
        if node.flow or not node.entries:
            return node.end.index
        return max(_last_end(child) for child in node.entries.values())
    ends = [_last_end(item) for item in node.items]
    return max(ends, default=node.end.index) if not node.flow else node.end.index


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _comment_lines(block: str) -> str:
    return "".join(line for line in block.splitlines(keepends=True) if _COMMENT.match(line))


def _refuse_alias(mapping: Mapping, key: str) -> None:
    if mapping.entries[key].alias:
        raise StudioError(
            f"`{key}` is written as an alias",
            fix="edit the file by hand, or write the alias out",
        )
