"""What a plan adds to what stands now.

What stands comes from the plan itself: the values before each change, which Terraform read from
the state of the last apply, so that no other file has to be trusted.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agent_studio.policies.facts import Action, Fact, Place, Resource, Resources, facts_of
from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.statements import Statement
from agent_studio.policies.model import News
from agent_studio.policies.plan import Change, Plan, type_of

Context = Mapping[str, Any]
_STANDING = (Action.PROVISION, Action.STORE, Action.REPLICATE)
_LEAVING = (Action.TRANSFER, Action.CONNECT, Action.INFER, Action.READ_SECRET)
_KEYS = ("aws_kms_", "azurerm_key_vault", "google_kms_")
"""How the types of keys, and of what holds them, begin."""

_KEY_ARGUMENTS = frozenset(
    {
        "customer_managed_key",
        "encryption",
        "encryption_key",
        "customer_managed_encryption",
        "key_vault_key_id",
    }
)
"""Arguments that name a key, on clouds that do not call it KMS throughout."""

_NO_CHANGE = frozenset({("no-op",), ("read",)})


def news(
    before: Resources, after: Resources, place: Place, plan: Plan, facts: Sequence[Fact]
) -> News:
    """Tell what a plan adds to what stands.

    Args:
        before: what stands; see `standing`.
        after: what would stand.
        place: the stack as the estate declares it.
        plan: the plan.
        facts: the facts of what would stand.
    """
    return compared(
        [*facts_of(before, place), *_documents(before)],
        [*facts, *_documents(after), *_undenied(before, after)],
        changes=plan.changes,
        drifted=_drifted(plan),
    )


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
                # Read back from the cloud, what is unset is an empty text; so it is in `after`.
                values={name: value for name, value in change.before.items() if value != ""},
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
        modules=(),
    )


def compared(
    before: Iterable[Fact],
    after: Iterable[Fact],
    *,
    changes: Sequence[Change],
    drifted: Iterable[str] = (),
) -> News:
    """Compare what would stand with what stands.

    Args:
        before: facts of what stands.
        after: facts of what would stand.
        changes: what the plan would do.
        drifted: addresses of what was changed since the last apply by someone else.

    Returns:
        Kind of news -> what is new, sorted; the kinds are those of the action `Approve`.
    """
    old, new = list(before), list(after)
    return {
        "locations": sorted(set(_locations(new)) - set(_locations(old))),
        "principals": _added(old, new, (Action.GRANT,), by_address=True),
        "egress": _added(old, new, _LEAVING, by_address=False),
        "keys": sorted({*_rekeyed(old, new), *_keys(changes)}),
        "destructions": sorted({c.address for c in changes if c.loses and c.mode != "data"}),
        "drifted": sorted(set(drifted)),
        "undecided": sorted({f"{fact.address}: {each}" for fact in new for each in fact.unknown}),
    }


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
        named = {k for k in {*change.before, *change.after, *change.unknown} if _names_key(k)}
        moved = any(
            change.before.get(k) != change.after.get(k) or change.unknown.get(k) for k in named
        )
        if change.type.startswith(_KEYS) or (moved and change.before):
            yield change.address


def _names_key(argument: str) -> bool:
    return "kms" in argument or argument in _KEY_ARGUMENTS


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
