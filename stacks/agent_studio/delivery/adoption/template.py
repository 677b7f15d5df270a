"""Fill import ids and calls from a resource's planned values."""

import re
from collections.abc import Mapping
from typing import Any

_FIELD = re.compile(r"\{([a-z_0-9]+)\}")


def facts(
    values: Mapping[str, Any], *, place: Mapping[str, str], id_: str | None
) -> dict[str, str]:
    """Everything that a template may name.

    Args:
        values: the resource's planned values; unknown ones are left out by Terraform.
        place: account, region and partition of the stack.
        id_: the resource's id, if it is known.
    """
    known = {
        key: str(value)
        for key, value in values.items()
        if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    }
    # A planned `id` is an argument of few types and never the provider's own id of a new resource.
    known.pop("id", None)
    known.update(place)
    known["name_tag"] = str((values.get("tags") or {}).get("Name") or "")
    known["stack_tag"] = str((values.get("tags_all") or {}).get("studio:stack") or "")
    if known.get("cluster"):
        known["cluster_name"] = known["cluster"].rsplit("/", 1)[-1]
    if known.get("url"):
        known["url_host"] = known["url"].removeprefix("https://").rstrip("/")
    if id_:
        known["id"] = id_
    return {key: value for key, value in known.items() if value}


def fill(template: str, known: Mapping[str, str]) -> str | None:
    """Fill a template; None when a value that it names is not known.

    >>> fill("{cluster}/{name}", {"cluster": "a", "name": "b"})
    'a/b'
    >>> fill("{cluster}/{name}", {"name": "b"}) is None
    True
    """
    if any(name not in known for name in _FIELD.findall(template)):
        return None
    return _FIELD.sub(lambda match: known[match[1]], template)


def fill_all(value: Any, known: Mapping[str, str]) -> Any:
    """Fill every string of a nested value; None when a value that one names is not known."""
    if isinstance(value, str):
        return fill(value, known)
    if isinstance(value, Mapping):
        filled = {key: fill_all(item, known) for key, item in value.items()}
        return None if any(item is None for item in filled.values()) else filled
    if isinstance(value, list):
        items = [fill_all(item, known) for item in value]
        return None if any(item is None for item in items) else items
    return value
