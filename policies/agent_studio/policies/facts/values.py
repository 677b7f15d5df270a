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
        bodies = block(body)
        keys = {*after, *(key for key, mark in marks.items() if mark)}
        return {k: merged(after.get(k), marks.get(k), bodies.get(k)) for k in keys}
    if isinstance(after, list):
        known_not = unknown if isinstance(unknown, list) else []
        items = _aligned(after, body if isinstance(body, list) else listed(body))
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
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, Mapping) else {}


def known(value: Any) -> bool:
    """Whether a value stands in full: neither unknown nor an expression."""
    return value is not UNKNOWN and not (isinstance(value, str) and "${" in value)


def on(value: Any) -> bool:
    """Whether a switch is on; Terraform takes the text `true` for a boolean, too."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def strings(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every string in a value, with the path to it; strings of JSON are looked into.

    What lies deeper than anyone writes is one text.
    """
    if depth > _DEEPEST:
        yield path, str(value)
    elif isinstance(value, str):
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


def _aligned(after: list[Any], bodies: list[Any]) -> list[Any]:
    """The synthesized blocks in the order of the planned ones: a plan sorts what is a set."""
    if len(after) < 2 or not all(isinstance(one, Mapping) for one in (*after, *bodies)):
        return bodies
    fitting = [[i for i, body in enumerate(bodies) if _fits(one, body)] for one in after]
    found: list[Any] = [None] * len(after)
    taken: set[int] = set()
    # The one with the fewest choices goes first, so that it is left one.
    for index in sorted(range(len(after)), key=lambda at: len(fitting[at])):
        choice = next((i for i in fitting[index] if i not in taken), None)
        if choice is not None:
            taken.add(choice)
            found[index] = bodies[choice]
    return found


def _fits(planned: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether what is known of a planned block is what a synthesized one asks for."""
    for name, value in planned.items():
        asked = body.get(name)
        if isinstance(value, Mapping) or isinstance(asked, Mapping) or not value:
            continue
        told, wanted = listed(value), listed(asked)
        if any(isinstance(one, Mapping) for one in (*told, *wanted)):
            continue
        open_ = any("${" in str(one) for one in wanted)
        if not open_ and sorted(map(str, told)) != sorted(map(str, wanted)):
            return False
    return True


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None
