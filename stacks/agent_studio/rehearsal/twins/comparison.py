"""How far a twin's schema is the real provider's: attribute by attribute.

The real schema is what the provider itself answers; the twin's is what the bindings carry. Both are
brought to one form, and every difference gets a kind.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agent_studio.rehearsal.twins.protocol.messages import kind

Block = Mapping[str, Any]
_NESTING = {1: "single", 2: "list", 3: "set", 4: "map", 5: "group"}


class Difference(StrEnum):
    """In what a twin differs from the real provider."""

    TWIN_ALONE = "only the twin has it"
    REAL_ALONE = "only the real provider has it"
    TYPE = "another type"
    REQUIRED = "required in one of the two alone"
    COMPUTED = "the twin lets the cloud set it, too"
    FIXED = "the real provider lets the cloud set it, too"
    NESTING = "nested in another way"
    COUNT = "another number of blocks is allowed"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One difference.

    Attributes:
        kind: in what they differ; an enumeration for schemas, and one for plans.
        path: the attribute or block, from its resource type on; the address of a change.
        twin: what the twin says.
        real: what the real provider says.
    """

    kind: StrEnum
    path: str
    twin: str = ""
    real: str = ""


def real_blocks(message: bytes) -> dict[str, Block]:
    """The blocks of a provider's resource types, from its answer to a request for its schema.

    Args:
        message: the answer, encoded; protocols 5 and 6 have the same fields for what is read here.
    """
    answer = kind("GetProviderSchemaResponse").FromString(message)
    return {each.key: _block(each.value.block) for each in answer.resource_schemas}


def _block(message: Any) -> Block:
    return {
        "attributes": {
            one.name: {
                "type": json.loads(one.type) if one.type else None,
                "required": one.required,
                "optional": one.optional,
                "computed": one.computed,
            }
            for one in message.attributes
        },
        "block_types": {
            one.type_name: {
                "nesting_mode": _NESTING.get(one.nesting, "unknown"),
                "min_items": one.min_items,
                "max_items": one.max_items,
                "block": _block(one.block),
            }
            for one in message.block_types
        },
    }


def differences(path: str, twin: Block, real: Block) -> Iterator[Found]:
    """Compare two blocks.

    Args:
        path: where they stand.
        twin: the twin's.
        real: the real provider's.
    """
    yield from _attributes(path, twin.get("attributes", {}), real.get("attributes", {}))
    ours, theirs = twin.get("block_types", {}), real.get("block_types", {})
    for name in sorted(ours.keys() | theirs.keys()):
        place = f"{path}.{name}"
        if name not in theirs:
            if name not in real.get("attributes", {}):
                yield Found(kind=Difference.TWIN_ALONE, path=place)
            else:
                yield Found(kind=Difference.NESTING, path=place, twin="block", real="attribute")
            continue
        if name not in ours:
            written = name in twin.get("attributes", {})
            yield Found(
                kind=Difference.NESTING if written else Difference.REAL_ALONE,
                path=place,
                twin="attribute" if written else "",
                real="block" if written else "",
            )
            continue
        one, other = ours[name], theirs[name]
        if one["nesting_mode"] != other["nesting_mode"]:
            yield Found(
                kind=Difference.NESTING,
                path=place,
                twin=one["nesting_mode"],
                real=other["nesting_mode"],
            )
        counts = [(each.get("min_items", 0), each.get("max_items", 0)) for each in (one, other)]
        if counts[0] != counts[1]:
            yield Found(
                kind=Difference.COUNT, path=place, twin=_count(counts[0]), real=_count(counts[1])
            )
        yield from differences(place, one["block"], other["block"])


def _attributes(path: str, ours: Block, theirs: Block) -> Iterator[Found]:
    for name in sorted(ours.keys() | theirs.keys()):
        place = f"{path}.{name}"
        if name not in theirs or name not in ours:
            alone = Difference.TWIN_ALONE if name in ours else Difference.REAL_ALONE
            yield Found(kind=alone, path=place)
            continue
        one, other = ours[name], theirs[name]
        if one["type"] != other["type"]:
            yield Found(
                kind=Difference.TYPE,
                path=place,
                twin=json.dumps(one["type"]),
                real=json.dumps(other["type"]),
            )
        if bool(one.get("required")) != bool(other.get("required")):
            yield Found(kind=Difference.REQUIRED, path=place, twin=_mood(one), real=_mood(other))
        elif bool(one.get("computed")) != bool(other.get("computed")):
            wider = Difference.COMPUTED if one.get("computed") else Difference.FIXED
            yield Found(kind=wider, path=place, twin=_mood(one), real=_mood(other))


def _mood(one: Block) -> str:
    words = [word for word in ("required", "optional", "computed") if one.get(word)]
    return " and ".join(words)


def _count(counts: tuple[int, int]) -> str:
    least, most = counts
    return f"{least} to {most or 'any number'}"
