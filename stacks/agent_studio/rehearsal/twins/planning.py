"""What a change would leave behind, as far as it can be known before the apply.

Rules: Terraform's `docs/resource-instance-change-lifecycle.md`. What the configuration sets stays
as it is; what the provider alone sets is known after the apply, and then stays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from agent_studio.rehearsal.twins.protocol.values import UNKNOWN

Block = Mapping[str, Any]
Fill = Callable[[tuple[str, ...], Any], Any]


def planned(block: Block, proposed: dict[str, Any], *, creates: bool) -> dict[str, Any]:
    """Mark what is known after the apply only.

    Args:
        block: the schema of the resource type.
        proposed: what Terraform proposes: the configuration, over what stands.
        creates: whether nothing stands yet.
    """
    found = filled(block, proposed, lambda _path, _type: UNKNOWN)
    if creates and found.get("id") is None and "id" in block["attributes"]:
        found["id"] = UNKNOWN
    return found


def filled(
    block: Block, values: Mapping[str, Any], fill: Fill, path: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Fill in what the provider alone sets and nobody has set yet.

    Args:
        block: the schema of the block.
        values: the block's values.
        fill: gives a value, by its path and its type.
        path: where the block stands.
    """
    found = dict(values)
    for name, one in block.get("attributes", {}).items():
        alone = one.get("computed") and not one.get("optional")
        if found.get(name) is None and alone:
            found[name] = fill((*path, name), one["type"])
    for name, one in block.get("block_types", {}).items():
        inside = found.get(name)
        if isinstance(inside, Mapping):
            found[name] = filled(one["block"], inside, fill, (*path, name))
        elif isinstance(inside, Sequence) and not isinstance(inside, str):
            found[name] = [
                filled(one["block"], item, fill, (*path, name))
                if isinstance(item, Mapping)
                else item
                for item in inside
            ]
    return found


def settled(block: Block, values: Mapping[str, Any], fill: Fill) -> dict[str, Any]:
    """Give a value to everything that was known after the apply only.

    Args:
        block: the schema of the resource type.
        values: what was planned.
        fill: gives a value, by its path and its type.
    """
    types = {name: one["type"] for name, one in block.get("attributes", {}).items()}

    def known(value: Any, path: tuple[str, ...], type_: Any) -> Any:
        if value is UNKNOWN:
            return fill(path, type_)
        if isinstance(value, Mapping):
            return {
                key: known(item, (*path, key), _inside(type_, key)) for key, item in value.items()
            }
        if isinstance(value, list):
            return [known(item, path, _inside(type_, None)) for item in value]
        return value

    blocks = block.get("block_types", {})
    return {
        name: _settled_block(blocks[name]["block"], value, fill, (name,))
        if name in blocks
        else known(value, (name,), types.get(name, "string"))
        for name, value in values.items()
    }


def _settled_block(block: Block, value: Any, fill: Fill, path: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_settled_block(block, item, fill, path) for item in value]
    if isinstance(value, Mapping):
        return settled(block, value, lambda inner, type_: fill((*path, *inner), type_))
    return value


def _inside(type_: Any, key: str | None) -> Any:
    if isinstance(type_, list) and len(type_) == 2:
        if type_[0] == "object" and key is not None:
            return type_[1].get(key, "string")
        return type_[1]
    return "string"


def replaced(
    names: Sequence[str], prior: Mapping[str, Any], proposed: Mapping[str, Any]
) -> Iterator[str]:
    """The attributes whose change can't be made in place.

    Args:
        names: the attributes that force replacement.
        prior: what stands.
        proposed: what would stand.
    """
    for name in names:
        old, new = prior.get(name), proposed.get(name)
        if old != new and not (new is None and old is not None):
            yield name
