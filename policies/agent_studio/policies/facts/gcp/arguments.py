"""Every argument of every resource, held against the table of what it may be."""

from collections.abc import Iterator, Set
from typing import Any

from agent_studio.policies.facts.builders import undecided
from agent_studio.policies.facts.gcp.matching import matches
from agent_studio.policies.facts.gcp.wrongs import wrong
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.table import Rules, leaves, rules
from agent_studio.policies.facts.values import UNKNOWN, block, listed

_LABELS = ("labels.", "user_labels.", "template.labels.", "lifecycle.", "timeouts.")
"""What tells people or Terraform something, and the cloud nothing."""

_SPECIFIC_LABELS = frozenset({"google_monitoring_notification_channel"})
"""Types whose `labels` say where something goes."""


def arguments(resources: Resources, place: Place) -> Iterator[Fact]:
    """What is wrong with arguments, and which ones nobody has looked at."""
    table = rules("google")
    for resource in resources.all.values():
        reviewed = table.get(resource.type)
        if reviewed is not None:
            asked = {path for path, _ in leaves(resource.asked)}
            yield from _unlisted(resource, reviewed, asked)
            yield from _values(resources, place, resource, reviewed, asked)
            yield from _missing(place, resource, reviewed)


def _unlisted(resource: Resource, reviewed: Rules, asked: Set[str]) -> Iterator[Fact]:
    # What is asked for counts. What else a plan holds was filled in by the provider; only a block
    # there that no configuration asks for can't come from it.
    for path in sorted(asked):
        if path not in reviewed and not _is_label(resource, path):
            yield undecided(resource.address, f"what the argument {path} does")
    roots = {path.split(".", 1)[0] for path in (*reviewed, *resource.asked)}
    for name, value in resource.values.items():
        blocks = [each for each in listed(value) if isinstance(each, dict) and any(each.values())]
        if blocks and name not in roots and not name.endswith("labels") and name != "timeouts":
            yield undecided(resource.address, f"what the argument {name} does")


def _is_label(resource: Resource, path: str) -> bool:
    starts = tuple(
        each for each in _LABELS if not (each == "labels." and resource.type in _SPECIFIC_LABELS)
    )
    return path.startswith(starts)


def _values(
    resources: Resources, place: Place, resource: Resource, reviewed: Rules, asked: Set[str]
) -> Iterator[Fact]:
    seen: set[tuple[str, str]] = set()
    for path, value in leaves(resource.values):
        rule = reviewed.get(path)
        if rule is None or (path, str(value)) in seen or (path not in asked and _empty(value)):
            continue
        seen.add((path, str(value)))
        if value is UNKNOWN:
            yield undecided(resource.address, f"the value of {path}")
        elif not matches(resources, place, resource, rule, value):
            yield wrong(place, resource, path, rule, value)


def _empty(value: Any) -> bool:
    """Whether a value is one that nobody set: read back, what is unset is empty."""
    return value in ("", 0) and value is not False


def _missing(place: Place, resource: Resource, reviewed: Rules) -> Iterator[Fact]:
    for path, rule in reviewed.items():
        if rule.required and not _set(resource.values, path.split(".")):
            yield wrong(place, resource, path, rule, None)


def _set(values: Any, path: list[str]) -> bool:
    """Whether an argument is set in every block that could hold it."""
    name, *rest = path
    value = values.get(name) if hasattr(values, "get") else None
    if not rest:
        return value not in (None, "", [], ())
    blocks = [each for each in listed(value) if each is not None]
    return bool(blocks) and all(_set(block(each), rest) for each in blocks)
