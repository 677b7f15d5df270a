"""Real stacks with their plans, to be broken one thing at a time.

A fixture is what the kit's own blocks synthesize and what Terraform plans of it. An edit changes
both as Terraform would have it, unless it says that one of the two is meant.
"""

import copy
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import Unreadable, parse_json_object

EDITS = frozenset(
    {"on", "set", "container", "planned", "unknown", "change", "tags", "stack", "plan"}
)
"""What an edit may say:

on: whose; the beginning of an address. By default the first resource that is kept.
set: arguments, in the stack and in its plan; null takes one away.
container: arguments of the first container definition; null takes one away.
planned: values in the plan alone, merged.
unknown: arguments that the plan does not know before apply.
change: the resource's change in the plan, merged; `before` is `after` where it says nothing of it.
tags: the provider's default tags, and with them what each planned resource ends up with.
stack, plan: the document alone, merged.

To merge is to go by RFC 7386, "JSON Merge Patch": null takes away, a list takes a list's place.
"""

_LARGEST = 64 * 1024 * 1024
_REFERENCE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class Fixture:
    """A synthesized stack and its plan.

    Attributes:
        stack: the parsed `cdk.tf.json`.
        plan: the parsed plan JSON.
    """

    stack: dict[str, Any]
    plan: dict[str, Any]

    @classmethod
    def read(cls, folder: Path, name: str, keep: Sequence[str]) -> "Fixture":
        """Read a packed stack and leave out all of its resources but some.

        Args:
            folder: holds `<name>.stack.json.gz` and `<name>.plan.json.gz`.
            name: of the stack.
            keep: the beginnings of the addresses that stay, each of one resource.

        Raises:
            StudioError: a file can't be read, or a beginning is that of no or of many resources.
        """
        whole = cls(*(_packed(folder / f"{name}.{kind}.json.gz") for kind in ("stack", "plan")))
        kept = {whole.address(start) for start in keep}
        # Shallow where nothing is edited: the documents have a quarter of a million characters.
        stack = {**whole.stack, "data": {}, "resource": {}}
        for address in kept:
            type_, label = address.split(".", 1)
            stack["resource"].setdefault(type_, {})[label] = whole.stack["resource"][type_][label]
        plan = {
            **whole.plan,
            "resource_changes": _of(whole.plan["resource_changes"], kept),
            "planned_values": _root_of(whole.plan["planned_values"], kept),
            "configuration": _root_of(whole.plan["configuration"], kept),
        }
        return cls(*copy.deepcopy((stack, plan)))

    def address(self, start: str) -> str:
        """The address that begins so; what follows in a name is a hash.

        Raises:
            StudioError: none or many do.
        """
        found = [
            f"{type_}.{name}"
            for type_, named in self.stack["resource"].items()
            for name in named
            if f"{type_}.{name}".startswith(start)
        ]
        if len(found) != 1:
            raise StudioError(
                "a case does not name one resource of its fixture",
                found=f"{start}, with which {len(found)} addresses begin",
                fix="write as much of the address as tells it from others",
            )
        return found[0]

    def edited(self, edit: Mapping[str, Any], *, on: str) -> "Fixture":
        """A copy with one thing changed.

        Args:
            edit: what to change, by `EDITS`.
            on: the beginning of the address of the resource that it is about.

        Raises:
            StudioError: the edit does not fit the fixture.
        """
        made = Fixture(*copy.deepcopy((self.stack, self.plan)))
        address = made.address(on)
        try:
            made._edit(edit, address)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            raise StudioError(
                "an edit does not fit its fixture",
                found=f"{type(error).__name__}: {error}",
                fix=f"look at {address} in the fixture",
            ) from None
        return made

    def _edit(self, edit: Mapping[str, Any], address: str) -> None:
        for name, value in edit.get("set", {}).items():
            self._set(address, name, value)
        if "container" in edit:
            body = self._body(address)
            containers = json.loads(body["container_definitions"])
            for name, value in edit["container"].items():
                _put(containers[0], name, value)
            self._set(address, "container_definitions", json.dumps(containers))
        for values in self._planned(address) if "planned" in edit else ():
            _merge(values, edit["planned"])
        for name in edit.get("unknown", ()):
            self._forget(address, name)
        if "tags" in edit:
            self._tag(edit["tags"])
        if "change" in edit:
            change = self._change(address)
            change["before"] = copy.deepcopy(change["after"])
            _merge(change, edit["change"])
            # Where there is nothing before or after, Terraform says so.
            change.update({name: None for name in ("before", "after") if name not in change})
        _merge(self.stack, edit.get("stack", {}))
        _merge(self.plan, edit.get("plan", {}))

    def _set(self, address: str, name: str, value: Any) -> None:
        _put(self._body(address), name, value)
        references = sorted(set(_REFERENCE.findall(json.dumps(value))))
        # checkov reads here what a value that the plan does not know refers to.
        told = {"references": references} if references else {"constant_value": value}
        _put(self._expressions(address), name, None if value is None else told)
        # Terraform takes a text with any reference in it for unknown as a whole.
        if references:
            self._forget(address, name)
            return
        self._change(address).get("after_unknown", {}).pop(name, None)
        for values in self._planned(address):
            values[name] = copy.deepcopy(value)

    def _forget(self, address: str, name: str) -> None:
        for values in self._planned(address):
            values.pop(name, None)
        self._change(address).setdefault("after_unknown", {})[name] = True

    def _tag(self, tags: Mapping[str, Any]) -> None:
        for provider in self.stack["provider"]["aws"]:
            _merge(provider["default_tags"][0]["tags"], tags)
        for address in [item["address"] for item in self.plan["resource_changes"]]:
            for values in self._planned(address):
                if "tags_all" in values:
                    _merge(values["tags_all"], tags)

    def _body(self, address: str) -> dict[str, Any]:
        type_, name = address.split(".", 1)
        found: dict[str, Any] = self.stack["resource"][type_][name]
        return found

    def _change(self, address: str) -> dict[str, Any]:
        (item,) = _of(self.plan["resource_changes"], {address})
        found: dict[str, Any] = item["change"]
        return found

    def _expressions(self, address: str) -> dict[str, Any]:
        (item,) = _of(self.plan["configuration"]["root_module"]["resources"], {address})
        found: dict[str, Any] = item.setdefault("expressions", {})
        return found

    def _planned(self, address: str) -> Iterator[dict[str, Any]]:
        """The two places at which a plan holds a resource's values."""
        yield self._change(address)["after"]
        (item,) = _of(self.plan["planned_values"]["root_module"]["resources"], {address})
        yield item.setdefault("values", {})


@lru_cache(maxsize=8)
def _packed(path: Path) -> dict[str, Any]:
    try:
        with gzip.open(path) as file:
            content = file.read(_LARGEST)
        return parse_json_object(content, name=path.name)
    except (OSError, EOFError, Unreadable) as error:
        raise StudioError("a fixture can't be read", found=f"{path}: {error}") from None


def _of(items: Sequence[dict[str, Any]], addresses: set[str]) -> list[dict[str, Any]]:
    return [item for item in items if item["address"] in addresses]


def _root_of(part: dict[str, Any], addresses: set[str]) -> dict[str, Any]:
    root = part["root_module"]
    return {**part, "root_module": {**root, "resources": _of(root["resources"], addresses)}}


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        values.pop(name, None)
    else:
        values[name] = copy.deepcopy(value)


def _merge(into: dict[str, Any], patch: Mapping[str, Any]) -> None:
    for name, value in patch.items():
        if isinstance(value, Mapping):
            if not isinstance(into.get(name), dict):
                into[name] = {}
            _merge(into[name], value)
        else:
            _put(into, name, value)
