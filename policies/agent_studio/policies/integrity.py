"""Whether a plan is whole, and belongs to its plan file and its stack."""

from collections.abc import Iterator

from agent_studio.policies.documents import Unreadable
from agent_studio.policies.model import Objection, PlanInput
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Plan
from agent_studio.policies.planfile import PlanFile

STACK_UNREADABLE = "studio/stack-unreadable"
UNREADABLE = "studio/plan-unreadable"
UNFINISHED = "studio/plan-unfinished"
UNBOUND = "studio/plan-unbound"
FOREIGN = "studio/plan-foreign"


def unfinished(plan: Plan) -> Iterator[Objection]:
    """Object to a plan that does not show every change."""
    for reason in plan.unfinished():
        yield Objection(control=UNFINISHED, address="", message=reason)


def inconsistent(plan: Plan) -> Iterator[Objection]:
    """Object to planned values and changes that do not tell the same story.

    Built-in checks read the planned values, the rules on data read the changes: a plan in which
    they differ would be judged by neither.
    """
    kept = {change.address: change for change in plan.changes if change.stays}
    for address in sorted(plan.planned.keys() | kept.keys()):
        if address not in plan.planned:
            what = "keeps or makes it, but plans no values of it"
        elif address not in kept:
            what = "plans values of it, but lists no change that keeps or makes it"
        elif plan.planned[address] != kept[address].after:
            what = "plans other values of it than its change has"
        else:
            continue
        yield Objection(
            control=UNBOUND,
            address=address,
            message=f"the plan's JSON contradicts itself about {address}: it {what}",
        )


def foreign(plan: Plan, stack: Synthesized) -> Iterator[Objection]:
    """Object to a plan that was made from other blocks than the stack's."""
    ours = frozenset(stack.blocks("resource")) | frozenset(stack.blocks("data"))
    theirs = plan.configured()
    for addresses, what in (
        (theirs - ours, "which the stack does not have"),
        (ours - theirs, "which the plan was not made from"),
    ):
        if addresses:
            first = min(addresses)
            more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
            yield Objection(
                control=FOREIGN,
                address=first,
                message=f"plan and stack differ in {first}{more}, {what}",
            )


def unbound(item: PlanInput, plan: Plan, *, require_plan_file: bool) -> Iterator[Objection]:
    """Object to plan JSON that does not belong to its plan file, or to the stack as it is now.

    Args:
        item: the stack's files.
        plan: the plan's JSON.
        require_plan_file: whether the plan file must be there.

    Yields:
        An objection for each thing that does not belong together.
    """
    if item.planned_digest is not None and item.planned_digest != item.digest:
        yield _unbound("the plan was made from the stack as it was, not as it is now")
    if item.plan_file is None:
        if require_plan_file:
            yield _unbound("there is no plan file beside the plan's JSON")
        return
    try:
        file = PlanFile.read(item.plan_file)
    except Unreadable as error:
        yield _unbound(str(error))
        return
    if item.planned_sha256 is not None and item.planned_sha256 != file.sha256:
        yield _unbound("the plan file is not the one that was planned: its SHA-256 differs")
    told = plan.actions()
    for address, deposed in sorted(file.actions.keys() | told.keys()):
        real = file.actions.get((address, deposed), ())
        said = told.get((address, deposed), ())
        if real != said:
            yield Objection(
                control=UNBOUND,
                address=address,
                message=(
                    f"the plan file would {_verbs(real)} {address}, but the plan's JSON says"
                    f" {_verbs(said)}"
                ),
            )


def _unbound(message: str) -> Objection:
    return Objection(control=UNBOUND, address="", message=message)


def _verbs(actions: tuple[str, ...]) -> str:
    return " and ".join(actions) if actions else "not touch"
