"""The fast path: which plans the machine may approve, and which ask for a named approver.

A plan is compared with what stands now. What stands comes from the plan itself: the values before
each change, which Terraform read from the state of the last apply, so that no other file has to be
trusted. The rule is `policies/cedar/approval/`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cedarpy

from agent_studio.policies.decisions import Layer
from agent_studio.policies.decisions.engine import read_policies
from agent_studio.policies.documents import policy_file
from agent_studio.policies.facts import Action, Fact, Place, Resource, Resources, facts_of
from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.statements import Statement
from agent_studio.policies.model import Verdict
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Change, Plan, type_of

Context = Mapping[str, Any]
_STANDING = (Action.PROVISION, Action.STORE, Action.REPLICATE)
_LEAVING = (Action.TRANSFER, Action.CONNECT, Action.INFER, Action.READ_SECRET)
_NO_CHANGE = frozenset({("no-op",), ("read",)})


@dataclass(frozen=True)
class Approval:
    """Whether the machine may approve a plan.

    Attributes:
        by_machine: whether no person is needed.
        reasons: why a person is needed; empty when none is.
    """

    by_machine: bool
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The approval as machines read it."""
        return {
            "by": "machine" if self.by_machine else "person",
            "reasons": list(self.reasons),
        }


def approval_of(stack: Synthesized | None, plan: Plan, place: Place, verdict: Verdict) -> Approval:
    """Tell who may approve a plan.

    Args:
        stack: the synthesized stack, if it is there.
        plan: its plan.
        place: the stack as the estate declares it.
        verdict: what the gate decided on it.
    """
    after = Resources.of(stack, plan)
    before = standing(plan, after)
    new = what_is_new(
        [*facts_of(before, place), *_documents(before)],
        [*facts_of(after, place), *_documents(after), *_undenied(before, after)],
        verdict,
        changes=plan.changes,
        drifted=_drifted(plan),
    )
    return approves(new, stack=place.stack)


def standing(plan: Plan, after: Resources) -> Resources:
    """What stands now, as the state of the last apply has it.

    A provider's former region and account stand in no plan; they are what the ARNs of its
    resources say. Where these say nothing, or several things, the location counts as new.

    Args:
        plan: the plan, whose `before` values Terraform read from the state.
        after: what would stand, for its providers and the backend.
    """
    found: dict[str, Resource] = {}
    for change in plan.changes:
        if change.mode != "data" and not change.deposed and change.before:
            known = after.all.get(change.address)
            found[change.address] = Resource(
                address=change.address,
                type=change.type,
                values=change.before,
                provider=known.provider if known else type_of(change.address).split("_", 1)[0],
            )
    providers = {
        name: body
        for name, body in ((name, _former(name, after, found)) for name in after.providers)
        if body is not None
    }
    # The state was read from the backend, so that is where it lies already.
    return Resources(
        all=found,
        providers=providers,
        terraform=after.terraform if found else {},
        read={},
        modules=(),
    )


def what_is_new(
    before: Iterable[Fact],
    after: Iterable[Fact],
    verdict: Verdict,
    *,
    changes: Sequence[Change],
    drifted: Iterable[str] = (),
) -> dict[str, Any]:
    """Compare what would stand with what stands.

    Args:
        before: facts of what stands.
        after: facts of what would stand.
        verdict: what the gate decided.
        changes: what the plan would do.
        drifted: addresses of what was changed since the last apply by someone else.

    Returns:
        The context of the action `Approve`.
    """
    old, new = list(before), list(after)
    return {
        "allowed": verdict.verdict == "allow",
        "locations": sorted(set(_locations(new)) - set(_locations(old))),
        "principals": _added(old, new, (Action.GRANT,), by_address=True),
        "egress": _added(old, new, _LEAVING, by_address=False),
        "keys": sorted({*_rekeyed(old, new), *_keys(changes)}),
        "destructions": sorted({c.address for c in changes if c.loses and c.mode != "data"}),
        "exceptions": sorted(entry.id for entry in verdict.exceptions),
        "drifted": sorted(set(drifted)),
        "undecided": sorted({f"{fact.address}: {each}" for fact in new for each in fact.unknown}),
    }


def approves(context: Context, *, stack: str = "stack") -> Approval:
    """Decide by the policies whether the machine may approve.

    Args:
        context: what is new; see `what_is_new`.
        stack: the stack's name.
    """
    request = {
        "principal": {"type": "Studio::Machine", "id": "studio"},
        "action": {"type": "Studio::Action", "id": "Approve"},
        "resource": {"type": "Studio::Plan", "id": stack},
        "context": dict(context),
    }
    passes, rules = _layer().decide([request], cedarpy.Entities.from_json_str("[]"))[0]
    reasons = tuple(rule.worded(context) for rule in rules)
    if not passes and not reasons:
        # A policy that fails on the request objects to nothing; Cedar leaves it out.
        reasons = ("the approval policies can't be decided on what is known",)
    return Approval(passes, reasons)


@cache
def _layer() -> Layer:
    folder = policy_file("cedar/approval/approval.cedar").parent
    text = read_policies(sorted(folder.glob("*.cedar")))
    return Layer("approval", text, permits=True)


def _former(name: str, after: Resources, found: Mapping[str, Resource]) -> Mapping[str, Any] | None:
    """A provider as its resources tell that it was; None where they tell of no one place."""
    arns = [
        arn
        for resource in found.values()
        if resource.provider == name
        for arn in [parsed(resource.values.get("arn"))]
        if arn is not None
    ]
    regions = {arn.region for arn in arns if arn.region}
    accounts = {arn.account for arn in arns if arn.account and arn.account != "aws"}
    if len(regions) != 1:
        return None
    role = [{"role_arn": f"arn:aws:iam::{account}:role/former"} for account in sorted(accounts)]
    return {
        **after.providers[name],
        "region": next(iter(regions)),
        "allowed_account_ids": sorted(accounts),
        "assume_role": role,
    }


def _locations(facts: Iterable[Fact]) -> Iterator[str]:
    for fact in facts:
        region = fact.context.get("region")
        if fact.action in _STANDING and region and not fact.unknown:
            yield f"{region} ({fact.action.value})"
        if fact.action is Action.ASSUME and fact.address.startswith("provider."):
            yield from (f"account {account}" for account in fact.context["accounts"])


def _added(
    old: Iterable[Fact], new: Iterable[Fact], actions: Sequence[Action], *, by_address: bool
) -> list[str]:
    """What is said of facts that did not stand before in just this way."""

    def key(fact: Fact) -> str:
        return json.dumps(
            [fact.address if by_address else "", fact.action.value, dict(fact.context)],
            sort_keys=True,
            default=str,
        )

    stood = {key(fact) for fact in old if fact.action in actions and not fact.unknown}
    return sorted(
        {
            fact.address
            for fact in new
            if fact.action in actions and not fact.unknown and key(fact) not in stood
        }
    )


def _rekeyed(old: Iterable[Fact], new: Iterable[Fact]) -> Iterator[str]:
    """What stood already and would be encrypted in another way."""
    stood: dict[str, list[Context]] = {}
    for fact in old:
        if fact.action is Action.STORE:
            stood.setdefault(fact.address, []).append(fact.context)
    for fact in new:
        if fact.action is Action.STORE and fact.context not in stood.get(
            fact.address, [fact.context]
        ):
            yield fact.address


def _keys(changes: Iterable[Change]) -> Iterator[str]:
    """What changes a key, or under which key something lies."""
    for change in changes:
        if change.mode == "data" or change.actions in _NO_CHANGE:
            continue
        named = {k for k in {*change.before, *change.after, *change.unknown} if "kms" in k}
        moved = any(
            change.before.get(k) != change.after.get(k) or change.unknown.get(k) for k in named
        )
        if change.type.startswith("aws_kms_") or (moved and change.before):
            yield change.address


def _documents(resources: Resources) -> Iterator[Fact]:
    """Each statement that allows as a fact of its own: one more action is a wider grant, too."""
    for resource in resources.all.values():
        for one in resource.statements:
            if isinstance(one, Statement) and one.allows:
                yield Fact(
                    action=Action.GRANT,
                    address=resource.address,
                    context={"in": one.attribute, "statement": dict(one.body)},
                )


def _undenied(before: Resources, after: Resources) -> Iterator[Fact]:
    """Each denial that goes, as a grant that comes: what is denied no more may be allowed."""
    for address, resource in after.all.items():
        stood = before.all.get(address)
        for denial in sorted(_denials(stood) - _denials(resource)) if stood else ():
            yield Fact(action=Action.GRANT, address=address, context={"no longer": denial})


def _denials(resource: Resource) -> set[str]:
    return {
        json.dumps([one.attribute, dict(one.body)], sort_keys=True, default=str)
        for one in resource.statements
        if isinstance(one, Statement) and not one.allows
    }


def _drifted(plan: Plan) -> Iterator[str]:
    for item in plan.content.get("resource_drift") or ():
        if isinstance(item, dict):
            yield str(item.get("address"))
