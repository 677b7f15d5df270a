"""What a value names, and values that may be one or several."""

from typing import Any

from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed, reference

_NAMES = ("id", "arn", "prefix_list_id")


def named(resources: Resources, value: Any) -> Resource | None:
    """The resource of this stack that a value names: by an expression, or by an id that it has."""
    if reference(value) is not None:
        return resources.referred(value)
    return resources.known_by(*_NAMES).get(value) if isinstance(value, str) else None


def expressions(value: Any) -> list[Any]:
    """Values that may be one or several, without those that are empty."""
    return [item for item in listed(value) if item is not None and item != ""]
