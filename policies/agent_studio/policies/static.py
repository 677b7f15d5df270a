"""The Cedar part of the gate: milliseconds, and no checkov; before any plan, too."""

from dataclasses import dataclass

from agent_studio.estate import Estate
from agent_studio.estate.errors import StudioError
from agent_studio.policies.approval import news, standing
from agent_studio.policies.decisions import decide, layers_of
from agent_studio.policies.decisions.engine import UNDECIDED
from agent_studio.policies.facts import Place, Resources, facts_of, place_of
from agent_studio.policies.model import News, Objection
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Plan

UNKNOWN_STACK = "studio/unknown-stack"


@dataclass(frozen=True)
class Decided:
    """What was decided on a stack.

    Attributes:
        objections: what the policies object to.
        news: what its plan adds to what stands; None where there is no plan, or it can't be told.
    """

    objections: tuple[Objection, ...]
    news: News | None = None


def decided(
    stack_json: Synthesized | None, plan: Plan | None, *, stack: str, estate: Estate
) -> Decided:
    """Decide a stack and, if there is one, its plan.

    Args:
        stack_json: the synthesized stack, if it is there.
        plan: its plan, if there is one.
        stack: the stack's name.
        estate: the estate that the stack must be part of.
    """
    place = place_of(estate, stack)
    if place is None:
        names = ", ".join(ref.name for ref in estate.stacks)
        return _only(UNKNOWN_STACK, f"the estate has no stack {stack}; it has {names}"[:500])
    if stack_json is None and plan is None:
        return Decided(())
    try:
        return _decided(stack_json, plan, place, estate)
    except StudioError:
        raise
    except Exception as error:  # noqa: BLE001 - what can't be read is denied, whatever is odd
        what = "plan" if plan is not None else "stack"
        return _only(
            UNDECIDED,
            f"the {what} is not shaped as one, so it can't be decided: {type(error).__name__}",
        )


def _decided(
    stack_json: Synthesized | None, plan: Plan | None, place: Place, estate: Estate
) -> Decided:
    resources = Resources.of(stack_json, plan)
    cell = next((cell for cell in estate.cells if cell.stack == place.stack), None)
    layers = layers_of(
        place,
        runtimes=[runtime.name for runtime in cell.runtimes] if cell else (),
        unit=next(
            (account.owner for account in estate.accounts if account.id == place.account), None
        ),
    )
    facts = list(facts_of(resources, place))
    objections = tuple(decide(place, facts, layers))
    if plan is None:
        return Decided(objections)
    return Decided(objections, news(standing(plan, resources), resources, place, plan, facts))


def _only(control: str, message: str) -> Decided:
    return Decided((Objection(control=control, address="", message=message),))
