"""A plan's JSON: whether it can be trusted at all, and what it would change.

The format is Terraform's JSON output format, version 1 (terraform show -json); readers must refuse
another major version.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_studio.policies.documents import Unreadable, read_json_object
from agent_studio.policies.places import unindexed

_FORMAT = re.compile(r"^1\.\d+$")
_KNOWN_ACTIONS = frozenset({"no-op", "create", "read", "update", "delete", "forget"})
LOSING_ACTIONS = frozenset({"delete", "forget"})
"""Actions after which Terraform no longer holds the object: destroyed, or dropped from state."""


@dataclass(frozen=True)
class Change:
    """What a plan would do to one resource instance.

    Attributes:
        address: the instance's address.
        type: the resource type.
        mode: `managed` or `data`.
        actions: as plan JSON spells them, in order.
        previous_address: where state holds it now, if it moves.
        deposed: key of the deposed object meant, if it is not the current one.
        before: values before; empty when there are none.
        after: values after, as far as they are known; empty when there are none.
        unknown: which values are known after apply only.
    """

    address: str
    type: str
    mode: str
    actions: tuple[str, ...]
    previous_address: str | None
    deposed: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unknown: Mapping[str, Any]

    @property
    def stays(self) -> bool:
        """Whether a managed object stands at the address once the plan is applied."""
        goes = self.actions in {("delete",), ("forget",)}
        return not goes and not self.deposed and self.mode != "data"

    @property
    def loses(self) -> bool:
        """Whether the present object is destroyed or dropped from state."""
        return not LOSING_ACTIONS.isdisjoint(self.actions)


@dataclass(frozen=True)
class Plan:
    """A plan's JSON that has the shape of one.

    Attributes:
        content: the parsed JSON.
        changes: what it would do to each resource instance.
        planned: address -> the values that each managed resource instance would have.
    """

    content: dict[str, Any]
    changes: tuple[Change, ...]
    planned: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """Read a plan's JSON.

        Raises:
            Unreadable: it is not the JSON of a plan, in a format that is known.
        """
        content = read_json_object(path)
        version = content.get("format_version")
        if not isinstance(version, str) or not _FORMAT.match(version):
            raise Unreadable(
                f"{path.name} has format version {version!r}; only version 1 of Terraform's plan"
                " format is known"
            )
        if not isinstance(content.get("terraform_version"), str):
            raise Unreadable(f"{path.name} does not say which Terraform made it")
        _shape(content, path.name)
        try:
            changes = tuple(_changes(content))
            planned = dict(_planned(content["planned_values"].get("root_module", {}), path.name))
        except (KeyError, TypeError, AttributeError):
            raise Unreadable(
                f"{path.name} has a resource change that is not shaped as one"
            ) from None
        return cls(content=content, changes=changes, planned=planned)

    def unfinished(self) -> Iterator[str]:
        """Each reason why the plan does not tell the whole story."""
        if self.content.get("errored", False) is not False:
            yield "the plan ended with an error, so it does not show all changes"
        if self.content.get("complete", True) is not True:
            yield "the plan is not complete: applying it leaves changes for a later plan"
        if self.content.get("deferred_changes"):
            yield "the plan puts changes off to a later plan"

    def configured(self) -> frozenset[str]:
        """Addresses of all blocks of the root module that the plan was made from."""
        root = self.content["configuration"].get("root_module", {})
        return frozenset(item["address"] for item in root.get("resources", []))

    def actions(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """(address, deposed key) -> actions, for comparison with the plan file."""
        return {(change.address, change.deposed): change.actions for change in self.changes}


def _shape(content: dict[str, Any], name: str) -> None:
    for key in ("planned_values", "configuration"):
        if not isinstance(content.get(key), dict):
            raise Unreadable(f"{name} has no {key}: it is not the JSON of a whole plan")
    changes = content.get("resource_changes", [])
    if not isinstance(changes, list):
        raise Unreadable(f"{name} has no list of resource changes")
    root = content["configuration"].get("root_module", {})
    blocks = root.get("resources", []) if isinstance(root, dict) else None
    if not isinstance(blocks, list) or not all(
        isinstance(item, dict) and isinstance(item.get("address"), str) for item in blocks
    ):
        raise Unreadable(f"{name} has a configuration that is not shaped as one")


def _planned(module: Any, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(module, dict):
        raise Unreadable(f"{name} has planned values that are not shaped as such")
    for item in module.get("resources", []):
        if not isinstance(item, dict) or not isinstance(item.get("address"), str):
            raise Unreadable(f"{name} has planned values that are not shaped as such")
        if item.get("mode") != "data":
            yield item["address"], _values(item.get("values"))
    for child in module.get("child_modules", []):
        yield from _planned(child, name)


def _changes(content: dict[str, Any]) -> Iterator[Change]:
    for item in content.get("resource_changes", []):
        change = item["change"]
        actions = tuple(change["actions"])
        if not actions or not _KNOWN_ACTIONS.issuperset(actions):
            raise Unreadable(f"the plan has an unknown action: {list(actions)}")
        address, type_ = _text(item["address"]), _text(item["type"])
        if type_of(address) != type_:
            raise Unreadable(f"the plan gives {address} the type {type_}")
        yield Change(
            address=address,
            type=type_,
            mode=_text(item["mode"]),
            actions=actions,
            previous_address=item.get("previous_address"),
            deposed=item.get("deposed") or "",
            before=_values(change.get("before")),
            after=_values(change.get("after")),
            unknown=_values(change.get("after_unknown")),
        )


def type_of(address: str) -> str:
    """The resource type in an address, of the root module or of another.

    >>> type_of('module.m["a.b"].aws_s3_bucket.store[0]'), type_of("data.aws_region.here")
    ('aws_s3_bucket', 'aws_region')
    """
    parts = unindexed(address).split(".")
    return parts[-2] if len(parts) > 1 else ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _values(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
