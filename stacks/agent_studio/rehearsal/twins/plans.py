"""How far a twin's plan is the real provider's: change by change, value by value.

Both are plans of one stack by the same Terraform, as `terraform show -json` writes them.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from agent_studio.rehearsal.twins.comparison import Found


class PlanDifference(StrEnum):
    """In what a twin's plan differs from the real provider's."""

    CHANGE = "another change"
    VALUE = "another value"
    TWIN_ALONE = "only the twin's plan has a value"
    REAL_ALONE = "only the real plan has a value"
    UNKNOWN_IN_TWIN = "known in the real plan alone"
    UNKNOWN_IN_REAL = "known in the twin's plan alone"


_LATER = object()


def plan_differences(twin: Mapping[str, Any], real: Mapping[str, Any]) -> Iterator[Found]:
    """Compare two plans of one stack.

    Args:
        twin: the twin's plan.
        real: the real provider's.
    """
    ours, theirs = _changes(twin), _changes(real)
    for address in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(address), theirs.get(address)
        actions = [each and each["actions"] for each in (one, other)]
        if one is None or other is None or actions[0] != actions[1]:
            yield Found(
                kind=PlanDifference.CHANGE,
                path=address,
                twin=str(actions[0]),
                real=str(actions[1]),
            )
            continue
        type_ = address.split(".", 1)[0]
        yield from _values(type_, _joined(one), _joined(other))


def _changes(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {
        each["address"]: each["change"]
        for each in plan.get("resource_changes", ())
        if each["mode"] == "managed"
    }


def _joined(change: Mapping[str, Any]) -> Any:
    """What would stand, with a mark where it is known after the apply only."""

    def join(after: Any, unknown: Any) -> Any:
        if unknown is True:
            return _LATER
        if isinstance(after, Mapping):
            marks = unknown if isinstance(unknown, Mapping) else {}
            keys = after.keys() | marks.keys()
            return {key: join(after.get(key), marks.get(key)) for key in keys}
        if isinstance(after, list):
            marked = unknown if isinstance(unknown, list) else []
            return [
                join(item, marked[n] if n < len(marked) else None) for n, item in enumerate(after)
            ]
        if isinstance(unknown, Mapping | list) and unknown:
            return join(type(unknown)(), unknown)
        return after

    return join(change.get("after"), change.get("after_unknown"))


def _values(path: str, ours: Any, theirs: Any) -> Iterator[Found]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _values(f"{path}.{key}", ours.get(key), theirs.get(key))
        return
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        # A set has no order, and its JSON does not say that it is one.
        for one, other in zip(sorted(ours, key=_known), sorted(theirs, key=_known), strict=True):
            yield from _values(path, one, other)
        return
    kind = _kind(_plain(ours), _plain(theirs))
    if kind is not None:
        yield Found(kind=kind, path=path, twin=_short(ours), real=_short(theirs))


def _kind(ours: Any, theirs: Any) -> PlanDifference | None:
    if ours == theirs:
        return None
    if ours is None or theirs is None:
        return PlanDifference.TWIN_ALONE if theirs is None else PlanDifference.REAL_ALONE
    if ours is _LATER or theirs is _LATER:
        mine = ours is _LATER
        return PlanDifference.UNKNOWN_IN_TWIN if mine else PlanDifference.UNKNOWN_IN_REAL
    return PlanDifference.VALUE


def _plain(value: Any) -> Any:
    """A value with nothing and empty made one, and JSON read, since each writes it its own way."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, list) and all(each is _LATER for each in value):
        return _LATER
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _known(value: Any) -> str:
    """What is known of an item, to put items in order by."""
    if isinstance(value, Mapping):
        kept = {key: _known(each) for key, each in value.items() if _plain(each) is not None}
        return json.dumps({key: each for key, each in kept.items() if each}, sort_keys=True)
    return "" if value is _LATER else json.dumps(value, default=lambda _: "", sort_keys=True)


def _short(value: Any) -> str:
    return "known after the apply" if value is _LATER else json.dumps(value, default=str)[:80]
