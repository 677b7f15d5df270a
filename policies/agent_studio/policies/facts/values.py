"""Values as a stack and its plan give them together: known, a reference, or unknown until apply."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

_REFERENCE = re.compile(
    r"^\$\{((?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+)(?:\[[^\]]*\])?((?:\.[a-z0-9_]+)*)\}$"
)
_DEEPEST = 60


class Unknown:
    """The one value that stands for what is known only after the apply."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def merged(after: Any, unknown: Any, body: Any) -> Any:
    """One value of a resource.

    What the plan knows is taken from the plan. What it does not know is taken from the synthesized
    stack, where it stands as an expression: `${aws_kms_key.main.arn}` tells whose key it is before
    there is one. What neither knows is `UNKNOWN`.

    Args:
        after: the plan's value.
        unknown: the plan's mark of what is known after apply only.
        body: the value in the synthesized stack; None where it has none.
    """
    if unknown is True:
        return UNKNOWN if body is None else body
    if isinstance(after, Mapping):
        marks = unknown if isinstance(unknown, Mapping) else {}
        bodies = _only(body)
        keys = {*after, *(key for key, mark in marks.items() if mark)}
        return {k: merged(after.get(k), marks.get(k), bodies.get(k)) for k in keys}
    if isinstance(after, list):
        known_not = unknown if isinstance(unknown, list) else []
        items = body if isinstance(body, list) else [] if body is None else [body]
        return [
            merged(value, _at(known_not, index), _at(items, index))
            for index, value in enumerate(after)
        ]
    return after


def reference(value: Any) -> str | None:
    """The address that a value refers to as a whole, or None.

    >>> reference("${aws_kms_key.main.arn}"), reference("a-${aws_kms_key.main.arn}")
    ('aws_kms_key.main', None)
    """
    found = _REFERENCE.match(value) if isinstance(value, str) else None
    return found[1] if found else None


def listed(value: Any) -> list[Any]:
    """A value that may be one or several, as a list; null is none.

    >>> listed("a"), listed(["a"]), listed(None)
    (['a'], ['a'], [])
    """
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def block(value: Any) -> Mapping[str, Any]:
    """The first block of a nested block that may be one or several; empty when there is none."""
    return _only(value)


def known(value: Any) -> bool:
    """Whether a value stands in full: neither unknown nor an expression."""
    return value is not UNKNOWN and not (isinstance(value, str) and "${" in value)


def strings(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every string in a value, with the path to it; strings of JSON are looked into."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        inner = _parsed(value)
        if inner is None:
            yield path, value
        else:
            yield from strings(inner, path, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, path, depth + 1)


def document(value: Any) -> Mapping[str, Any] | None:
    """The JSON object that a string holds; None when it holds none."""
    found = _parsed(value) if isinstance(value, str) else None
    return found if isinstance(found, Mapping) else None


def _parsed(text: str) -> Any:
    return _parsed_once(text) if text.lstrip()[:1] in ("{", "[") else None


@lru_cache(maxsize=4096)
def _parsed_once(text: str) -> Any:
    # Several kinds of facts read the same documents; nobody changes what they get.
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _only(value: Any) -> Mapping[str, Any]:
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, Mapping) else {}


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None
