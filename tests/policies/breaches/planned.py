"""What Terraform would plan of a synthesized value, as `terraform show -json` tells it."""

import re
from typing import Any

_REFERENCE = re.compile(
    r"(?<![\w.\"])((?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z][\w-]*(?:\.[a-z][a-z0-9_]*)?)"
)
_MAPS = frozenset(
    {
        "attribute_mapping",
        "bound_claims",
        "dimensions",
        "labels",
        "limits",
        "log_destination",
        "options",
        "tags",
        "tags_all",
        "triggers",
        "user_labels",
        "variables",
    }
)
"""Attributes that are maps, not blocks, in the providers' schemas."""

META = frozenset(
    {"//", "count", "depends_on", "dynamic", "for_each", "lifecycle", "provider", "provisioner"}
)
"""Arguments of Terraform itself: a plan has no values of them."""
_OMITTED: Any = object()


def planned(name: str, value: Any) -> tuple[Any, Any]:
    """The value after the plan, and the mark of what is known after the apply only.

    An expression is unknown as a whole, as Terraform has it of a text with any unknown part; a
    block is a list, a set of which one item is unknown is unknown as a whole.

    Args:
        name: the attribute's name.
        value: its value in the synthesized stack.
    """
    after, unknown = _planned(name, value)
    return (None if after is _OMITTED else after), unknown


def is_unknown(value: Any) -> bool:
    """Whether a synthesized value can't be known before the apply."""
    return isinstance(value, str) and "${" in value


def _planned(name: str, value: Any) -> tuple[Any, Any]:
    if is_unknown(value):
        return _OMITTED, True
    if isinstance(value, dict):
        if name not in _MAPS:
            return _planned(name, [value])
        return value, {}
    if isinstance(value, list):
        if any(is_unknown(item) for item in value):
            return _OMITTED, True
        if value and all(isinstance(item, dict) for item in value):
            pairs = [_block(item) for item in value]
            return [after for after, _ in pairs], [mark for _, mark in pairs]
        return value, []
    return value, False


def _block(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    after, marks = {}, {}
    for name, item in value.items():
        known, mark = _planned(name, item)
        if known is not _OMITTED:
            after[name] = known
        if mark:
            marks[name] = mark
    return after, marks


def body_planned(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values and marks of a whole resource."""
    return _block({name: item for name, item in body.items() if name not in META})


def expression(value: Any) -> Any:
    """A synthesized value as the plan's `configuration` has it."""
    if isinstance(value, dict):
        return [{name: expression(item) for name, item in value.items()}]
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [{name: expression(item) for name, item in one.items()} for one in value]
    found = sorted({name for text in _texts(value) for name in _REFERENCE.findall(text)})
    return {"constant_value": value, **({"references": found} if found else {})}


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [text for item in items if isinstance(item, str) for text in _inner(item)]


def _inner(text: str) -> list[str]:
    return re.findall(r"\$\{([^}]*)\}", text)
