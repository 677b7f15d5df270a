"""What in a refreshed plan is drift, and what is noise."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent_studio.delivery.drift.severity import Severity, severity_of

_MOVING = {"aws_db_instance": frozenset({"latest_restorable_time"})}
"""Attributes by type that move by themselves, and say nothing about what anyone changed.

`LatestRestorableTime` advances every five minutes with the backups (Amazon RDS API Reference,
`DBInstance`)."""


@dataclass(frozen=True, kw_only=True)
class Drifted:
    """One resource that is not as its state says.

    Attributes:
        address: its Terraform address; of what no stack knows, where it is.
        kind: `changed`, `deleted`, or `undeclared` for what no stack knows.
        severity: how bad it is.
        paths: the attributes that differ, e.g. `ingress[0].cidr_blocks`; values are never kept.
    """

    address: str
    kind: Literal["changed", "deleted", "undeclared"]
    severity: Severity
    paths: tuple[str, ...]


def drifted(plan: Mapping[str, Any]) -> tuple[Drifted, ...]:
    """Read a refresh-only plan's `resource_drift`, without what is no difference.

    Args:
        plan: the plan's JSON.

    Returns:
        One entry for each drifted resource, worst first.
    """
    found = []
    for resource in plan.get("resource_drift", []):
        if resource.get("mode") == "data":
            continue
        address, type_, change = resource["address"], resource["type"], resource["change"]
        if "delete" in change.get("actions", []):
            severity = severity_of(type_, (), deleted=True)
            found.append(Drifted(address=address, kind="deleted", severity=severity, paths=()))
            continue
        differences = dict.fromkeys(differing(change.get("before"), change.get("after")))
        moving = _MOVING.get(type_, frozenset())
        paths = tuple(path for path in differences if path not in moving)
        if paths:
            severity = severity_of(type_, paths, deleted=False)
            found.append(Drifted(address=address, kind="changed", severity=severity, paths=paths))
    return tuple(sorted(found, key=lambda one: (one.severity.rank, one.address)))


def differing(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Name the paths at which two values differ; null, `{}`, `[]` and `""` are the same nothing.

    Lists that hold the same items in another order are equal: Terraform writes sets as lists, and
    a cloud gives them back in any order.

    >>> list(differing({"tags": None, "b": [1, 2]}, {"tags": {}, "b": [2, 1]}))
    []
    >>> list(differing({"a": {"b": 1}}, {"a": {"b": 2}}))
    ['a.b']
    """
    if _nothing(before) and _nothing(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else key
            yield from differing(before.get(key), after.get(key), inner)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    elif before != after and not _same_document(before, after):
        yield path or "."


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[str]:
    left, right = sorted(map(_canonical, before)), sorted(map(_canonical, after))
    if left == right:
        return
    if len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differing(old, new, f"{path}[{index}]")
    else:
        yield path


def _same_document(before: Any, after: Any) -> bool:
    # Policies are JSON in a string; a cloud may give the members back in another order.
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    if not (before[:1] in "{[" and after[:1] in "{[" and before and after):
        return False
    try:
        return not list(differing(json.loads(before), json.loads(after)))
    except ValueError:
        return False


def _canonical(value: Any) -> str:
    return json.dumps(_bare(value), sort_keys=True)


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items() if not _nothing(item)}
    if isinstance(value, list):
        return sorted((_bare(item) for item in value), key=lambda one: json.dumps(one))
    return value


def _nothing(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}
