"""Every argument of every resource, held against the table of what it may be."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from agent_studio.policies.facts.builders import undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.table import Rule, Rules, leaves, rules
from agent_studio.policies.facts.values import UNKNOWN, block, listed
from agent_studio.policies.facts.wrongs import wrong

FILLED = "filled"
"""The word for what the provider fills in: nobody may ask for it, and it says nothing."""

Matches = Callable[[Resources, Place, Resource, Rule, Any], bool]
"""Whether an argument's value is what its rule allows."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a cloud's table is read.

    Attributes:
        provider: whose table it is, e.g. `google`.
        matches: whether a value is what a rule allows.
        labels: arguments that tell people or Terraform something, and the cloud nothing.
        specific: types whose argument of such a name says something else; type -> the names.
        harmless: single arguments of that kind, by their whole path.
    """

    provider: str
    matches: Matches
    labels: frozenset[str]
    specific: Mapping[str, Set[str]] = field(default_factory=dict)
    harmless: frozenset[str] = frozenset()

    def is_label(self, resource: Resource, path: str) -> bool:
        """Whether a path leads to such an argument."""
        own = self.labels - self.specific.get(resource.type, frozenset())
        return path in self.harmless or path.startswith(tuple(f"{each}." for each in own))


def arguments(resources: Resources, place: Place, reading: Reading) -> Iterator[Fact]:
    """What is wrong with arguments, and which ones nobody has looked at."""
    table = rules(reading.provider)
    for resource in resources.all.values():
        reviewed = table.get(resource.type)
        if reviewed is not None:
            asked = {path for path, _ in leaves(resource.asked)}
            yield from _unlisted(reading, resource, reviewed, asked)
            yield from _values(resources, place, reading, resource, reviewed, asked)
            yield from _missing(place, resource, reviewed)


def _unlisted(
    reading: Reading, resource: Resource, reviewed: Rules, asked: Set[str]
) -> Iterator[Fact]:
    for name in sorted({"count", "for_each"} & resource.asked.keys()):
        yield undecided(resource.address, f"how many of it there are ({name})")
    # What is asked for counts. What else a plan holds was filled in by the provider; only a block
    # there that no configuration asks for can't come from it, unless the table names it.
    for path in sorted(asked):
        rule = reviewed.get(path)
        if (rule is None or rule.word == FILLED) and not reading.is_label(resource, path):
            yield undecided(resource.address, f"what the argument {path} does")
    roots = {path.split(".", 1)[0] for path in (*reviewed, *resource.asked)}
    for name, value in resource.values.items():
        blocks = [each for each in listed(value) if isinstance(each, dict) and any(each.values())]
        if blocks and name not in roots and not _told_to_people(reading, name):
            yield undecided(resource.address, f"what the argument {name} does")


def _told_to_people(reading: Reading, name: str) -> bool:
    return name in reading.labels or name.endswith("labels")


def _values(
    resources: Resources,
    place: Place,
    reading: Reading,
    resource: Resource,
    reviewed: Rules,
    asked: Set[str],
) -> Iterator[Fact]:
    seen: set[tuple[str, str]] = set()
    # What Terraform reads itself is in no plan's values.
    told = {"lifecycle": resource.asked.get("lifecycle"), **resource.values}
    for path, value in leaves(told):
        rule = reviewed.get(path)
        if rule is None or rule.word == FILLED or (path, str(value)) in seen:
            continue
        if path not in asked and _empty(value):
            continue
        seen.add((path, str(value)))
        if value is UNKNOWN:
            yield undecided(resource.address, f"the value of {path}")
        elif not reading.matches(resources, place, resource, rule, value):
            yield wrong(place, resource, path, rule, value)


def _empty(value: Any) -> bool:
    """Whether a value is one that nobody set: read back, what is unset is empty."""
    return value in ("", 0) and value is not False


def _missing(place: Place, resource: Resource, reviewed: Rules) -> Iterator[Fact]:
    for path, rule in reviewed.items():
        needless = rule.unless and all(
            resource.values.get(name) == value for name, value in rule.unless.items()
        )
        if rule.required and not needless and not _set(resource.values, path.split(".")):
            yield wrong(place, resource, path, rule, None)


def _set(values: Any, path: list[str]) -> bool:
    """Whether an argument is set in every block that could hold it."""
    name, *rest = path
    value = values.get(name) if hasattr(values, "get") else None
    if not rest:
        return value not in (None, "", [], ())
    blocks = [each for each in listed(value) if each is not None]
    return bool(blocks) and all(_set(block(each), rest) for each in blocks)
