"""Which resource types bear data, and what would take it away; read from `data_bearing.yaml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from agent_studio.policies.documents import policy_file, read_yaml

_INFINITE = float("inf")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An argument whose lowering takes data away sooner.

    Attributes:
        path: dots between names, `*` for each item of a list.
        absent: what a missing or zero value means for data: kept forever, or not at all.
        order: the allowed values, least protective first, where they are no numbers.
    """

    path: str
    absent: Literal["forever", "nothing"] = "nothing"
    order: tuple[Any, ...] = ()

    def least(self, values: Mapping[str, Any]) -> float:
        """How well the least protective of the values protects; more is better."""
        found = list(_walk(values, self.path.split(".")))
        if self.order:
            ranks = [self.order.index(item) if item in self.order else -1 for item in found]
            return min(ranks, default=-1)
        missing = _INFINITE if self.absent == "forever" else 0.0
        numbers = [
            float(item)
            for item in found
            if isinstance(item, int | float) and not isinstance(item, bool) and item
        ]
        return min(numbers, default=missing)

    @property
    def attribute(self) -> str:
        """The top-level attribute that the path starts at."""
        return self.path.split(".", 1)[0]


@dataclass(frozen=True, kw_only=True)
class DataBearing:
    """A resource type that holds data.

    Attributes:
        type: the Terraform type.
        reason: what is lost with it.
        protect: whether every resource of it must carry `prevent_destroy`.
        replaceable: whether the resource itself is a setting, whose loss alone loses nothing.
        never: argument -> value that it must not have.
        keep: arguments that must not be weakened.
    """

    type: str
    reason: str
    protect: bool = False
    replaceable: bool = False
    never: Mapping[str, Any] = field(default_factory=dict)
    keep: tuple[Kept, ...] = ()


@cache
def data_bearing_types() -> Mapping[str, DataBearing]:
    """Every data-bearing type by its Terraform name.

    Raises:
        StudioError: the table is missing or malformed.
    """
    table = read_yaml(policy_file("data_bearing.yaml"))
    return {name: _entry(name, dict(body)) for name, body in table["types"].items()}


def _entry(name: str, body: dict[str, Any]) -> DataBearing:
    keep = tuple(
        Kept(**{**item, "order": tuple(item.get("order", ()))}) for item in body.pop("keep", ())
    )
    return DataBearing(type=name, keep=keep, **body)


def _walk(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield value
        return
    head, rest = path[0], path[1:]
    if head == "*":
        # Terraform's JSON syntax lets a single block stand without its list.
        for item in value if isinstance(value, list) else [value]:
            yield from _walk(item, rest)
    elif isinstance(value, Mapping) and value.get(head) is not None:
        yield from _walk(value[head], rest)
