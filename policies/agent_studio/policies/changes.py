"""Rules on what a plan would change: data is never destroyed, and never kept less well."""

from collections.abc import Iterator
from typing import Any

from agent_studio.policies.data_bearing import DataBearing, data_bearing_types
from agent_studio.policies.model import Objection
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Change, Plan, type_of

DESTROYED = "studio/data-bearing-destroyed"
WEAKENED = "studio/data-protection-weakened"
UNPROTECTED = "studio/data-bearing-unprotected"


def changed(plan: Plan) -> Iterator[Objection]:
    """What a plan would take away from data.

    Args:
        plan: the plan.

    Yields:
        An objection for each data-bearing object destroyed, replaced, dropped from state or moved
        to another type, and for each protection lowered or turned off.
    """
    types = data_bearing_types()
    for change in plan.changes:
        bearing = types.get(change.type)
        if bearing is not None:
            if change.loses and not bearing.replaceable:
                yield _lost(change, bearing)
            else:
                yield from _weakened(change, bearing)
            if change.after:
                yield from _forbidden(change.address, bearing, change.after)
        yield from _moved(change)


def synthesized(stack: Synthesized) -> Iterator[Objection]:
    """What a synthesized stack leaves unprotected, or asks Terraform to forget.

    Args:
        stack: the stack in Terraform's JSON syntax.

    Yields:
        An objection for each data-bearing resource without the protection that its type must
        have, and for each `removed` block that names one.
    """
    types = data_bearing_types()
    for address, block in stack.blocks("resource").items():
        bearing = types.get(type_of(address))
        if bearing is None:
            continue
        if bearing.protect and not _prevents_destroy(block):
            yield Objection(
                control=UNPROTECTED,
                address=address,
                message=f"{address} holds {bearing.reason} and has no prevent_destroy",
                fix="Set `lifecycle.prevent_destroy` to `true`.",
            )
        yield from _forbidden(address, bearing, block)
    for origin in _removed(stack):
        bearing = types.get(type_of(origin))
        if bearing is not None:
            yield Objection(
                control=DESTROYED,
                address=origin,
                message=f"a removed block drops {origin}, which holds {bearing.reason}",
            )


def _lost(change: Change, bearing: DataBearing) -> Objection:
    if "forget" in change.actions:
        what = "would be dropped from state, and nothing would guard it any more"
    elif "create" in change.actions:
        what = "would be replaced by an empty one"
    else:
        what = "would be destroyed"
    which = f"the deposed object {change.deposed} of " if change.deposed else ""
    return Objection(
        control=DESTROYED,
        address=change.address,
        message=f"{which}{change.address} {what}; it holds {bearing.reason}",
    )


def _moved(change: Change) -> Iterator[Objection]:
    previous = change.previous_address
    if not isinstance(previous, str) or type_of(previous) == change.type:
        return
    bearing = data_bearing_types().get(type_of(previous))
    if bearing is not None:
        yield Objection(
            control=DESTROYED,
            address=previous,
            message=(
                f"{previous}, which holds {bearing.reason}, would become {change.address}, whose"
                " type is not guarded in the same way"
            ),
        )


def _weakened(change: Change, bearing: DataBearing) -> Iterator[Objection]:
    if not change.before:
        return
    for kept in bearing.keep:
        before = kept.least(change.before)
        unknown = change.unknown.get(kept.attribute) is True
        after = kept.least(change.after)
        if not unknown and after >= before:
            continue
        what = "is not known before apply" if unknown else "would protect it less than now"
        yield Objection(
            control=WEAKENED,
            address=change.address,
            message=f"`{kept.path}` of {change.address} {what}; it governs {bearing.reason}",
            fix=f"Keep `{kept.path}` at least as protective as it is.",
        )


def _forbidden(address: str, bearing: DataBearing, values: Any) -> Iterator[Objection]:
    for argument, value in bearing.never.items():
        found = values.get(argument)
        # Terraform reads the strings "true" and "false" as booleans.
        if found == value or str(found).lower() == str(value).lower():
            yield Objection(
                control=UNPROTECTED,
                address=address,
                message=f"{address} has {argument} set, and holds {bearing.reason}",
                fix=f"Remove `{argument}`.",
            )


def _prevents_destroy(block: dict[str, Any]) -> bool:
    lifecycle = block.get("lifecycle")
    blocks = lifecycle if isinstance(lifecycle, list) else [lifecycle]
    return any(isinstance(item, dict) and item.get("prevent_destroy") is True for item in blocks)


def _removed(stack: Synthesized) -> Iterator[str]:
    blocks = stack.content.get("removed", [])
    for block in blocks if isinstance(blocks, list) else [blocks]:
        origin = block.get("from") if isinstance(block, dict) else None
        if isinstance(origin, str):
            yield origin.removeprefix("${").removesuffix("}")
