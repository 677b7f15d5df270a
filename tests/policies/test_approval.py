"""The fast path: what a plan may add without a named approver."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.packed import packed, stacks

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.policies import Verdict, static
from agent_studio.policies.approval import approval_of, approves, compared, load_approvers
from agent_studio.policies.facts import Action, Fact, Resources
from agent_studio.policies.facts.values import UNKNOWN
from agent_studio.policies.model import Approval, ExceptionEntry
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Change, Plan

ROOT = Path(__file__).resolve().parents[2]
CELL = "cell-aws-eu-west-1-payments-eu"
STACKS = stacks()
ESTATE = load_estate(ROOT / "regions.yaml")
ALLOWED = Verdict(verdict="allow", findings=(), stages={})
NOTHING: dict[str, Any] = {
    "allowed": True,
    "locations": [],
    "principals": [],
    "egress": [],
    "keys": [],
    "destructions": [],
    "exceptions": [],
    "drifted": [],
    "undecided": [],
}


def settled(value: Any) -> Any:
    """A value as it stands once it is applied: what nobody knew before is left out."""
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items() if item is not UNKNOWN}
    if isinstance(value, list):
        return [settled(item) for item in value if item is not UNKNOWN]
    return value


@dataclass
class Applied:
    """A stack of the example estate that stands, and a plan of it that can be edited."""

    name: str
    stack: Synthesized
    plan: Plan

    def first(self, type_: str) -> Change:
        """The first resource of a type."""
        return next(change for change in self.plan.changes if change.type == type_)

    def change(self, address: str, *actions: str, **after: Any) -> None:
        """Plan a change of one resource."""
        self.plan = replace(
            self.plan,
            changes=tuple(
                replace(one, actions=actions, after={**one.after, **after})
                if one.address == address
                else one
                for one in self.plan.changes
            ),
        )

    def add(self, address: str, values: dict[str, Any]) -> None:
        """Plan one more resource."""
        made = Change(
            address=address,
            type=address.split(".")[0],
            mode="managed",
            actions=("create",),
            previous_address=None,
            deposed="",
            before={},
            after=values,
            unknown={},
        )
        self.plan = replace(self.plan, changes=(*self.plan.changes, made))

    def approval(self, verdict: Verdict = ALLOWED) -> Approval:
        """Who may approve the plan."""
        found = static.decided(self.stack, self.plan, stack=self.name, estate=ESTATE)
        return approval_of(found.news, verdict, stack=self.name)

    @property
    def told(self) -> tuple[bool, tuple[str, ...]]:
        """Whether the machine may approve the plan, and why not."""
        approval = self.approval()
        return approval.by_machine, approval.reasons


@pytest.fixture
def applied(tmp_path: Path) -> Callable[[str], Applied]:
    """Give a stack of the example estate as if it had been applied just so."""

    def made(name: str = CELL) -> Applied:
        content = json.loads(packed(name, "stack"))
        stack = Synthesized(path=tmp_path, content=content, text="")
        file = tmp_path / "plan.json"
        file.write_text(packed(name, "plan"))
        plan = Plan.read(file)
        ref = next(ref for ref in ESTATE.stacks if ref.name == name)
        arn = f"arn:aws:example:{ref.scope.region}:{ref.scope.account_id}:it"
        values = {
            address: {**settled(dict(resource.values)), "arn": arn}
            for address, resource in Resources.of(stack, plan).all.items()
        }
        changes = tuple(
            replace(
                one,
                actions=("no-op",),
                before=values[one.address],
                after=values[one.address],
                unknown={},
            )
            for one in plan.changes
            if one.address in values
        )
        return Applied(name, stack, replace(plan, changes=changes))

    return made


@pytest.mark.parametrize("name", STACKS)
def test_a_plan_that_changes_nothing_needs_nobody(
    applied: Callable[..., Applied], name: str
) -> None:
    """What stands and stays needs no approver, in any stack of the example estate."""
    assert applied(name).told == (True, ())


def test_a_plan_that_adds_nothing_to_weigh_needs_nobody(applied: Callable[..., Applied]) -> None:
    """A longer retention, and a new alarm where others stand, are the machine's."""
    one = applied()
    one.change(one.first("aws_cloudwatch_log_group").address, "update", retention_in_days=3653)
    one.add("aws_cloudwatch_dashboard.more", {"dashboard_name": "more", "dashboard_body": "{}"})
    assert one.told == (True, ())
    assert one.approval().as_json()["by"] == "machine"


def test_a_first_plan_asks_a_person(applied: Callable[..., Applied]) -> None:
    """Where nothing stands, everything is new."""
    one = applied()
    one.plan = replace(
        one.plan,
        changes=tuple(replace(c, before={}, actions=("create",)) for c in one.plan.changes),
    )
    told = one.approval()
    assert not told.by_machine
    assert any(
        reason.startswith("it adds the locations account 222222222222") for reason in told.reasons
    )
    assert told.as_json()["by"] == "person"


def test_another_place_asks_a_person(applied: Callable[..., Applied]) -> None:
    """A region of its own on a resource is a new location."""
    one = applied()
    one.change(one.first("aws_cloudwatch_log_group").address, "update", region="us-east-1")
    reasons = one.approval().reasons
    assert any("it adds the locations us-east-1 (Provision)" in reason for reason in reasons)


def test_another_region_of_the_provider_asks_a_person(applied: Callable[..., Applied]) -> None:
    """What the provider was before is told by what stands, not by the stack that was edited."""
    one = applied()
    one.stack.content["provider"]["aws"][0]["region"] = "eu-north-1"
    reasons = one.approval().reasons
    assert any("it adds the locations eu-north-1 (Provision)" in reason for reason in reasons)


def test_a_wider_policy_asks_a_person(applied: Callable[..., Applied]) -> None:
    """One more action of the same principal is a wider grant."""
    one = applied()
    role = one.first("aws_iam_role")
    trust = json.loads(role.after["assume_role_policy"])
    trust["Statement"][0]["Action"] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    one.change(role.address, "update", assume_role_policy=json.dumps(trust))
    assert one.approval().reasons == (f"it adds or widens grants: {role.address}",)


def test_a_denial_that_goes_asks_a_person(applied: Callable[..., Applied]) -> None:
    """To deny less is to allow more."""
    one = applied()
    for policy in [c for c in one.plan.changes if c.type == "aws_s3_bucket_policy"]:
        body = json.loads(policy.after["policy"])
        if {"Allow", "Deny"} <= {s["Effect"] for s in body["Statement"]}:
            break
    body["Statement"] = [s for s in body["Statement"] if s["Effect"] == "Allow"]
    one.change(policy.address, "update", policy=json.dumps(body))
    assert f"it adds or widens grants: {policy.address}" in one.approval().reasons


def test_a_bucket_that_denies_nothing_any_more_asks_a_person(
    applied: Callable[..., Applied],
) -> None:
    """A policy of denials alone that loses one counts too."""
    one = applied()
    policy = next(
        c
        for c in one.plan.changes
        if c.type == "aws_s3_bucket_policy"
        and {s["Effect"] for s in json.loads(c.after["policy"])["Statement"]} == {"Deny"}
    )
    body = json.loads(policy.after["policy"])
    body["Statement"] = body["Statement"][1:]
    one.change(policy.address, "update", policy=json.dumps(body))
    assert any(policy.address in reason for reason in one.approval().reasons)


def test_a_key_asks_a_person(applied: Callable[..., Applied]) -> None:
    """A change of a key, and another key for what stands, are both key changes."""
    one = applied()
    key = one.first("aws_kms_key")
    one.change(key.address, "update", description="another")
    assert one.approval().reasons == (f"it adds or changes keys: {key.address}",)
    two = applied()
    group = two.first("aws_cloudwatch_log_group")
    two.change(group.address, "update", kms_key_id="alias/another")
    assert two.approval().reasons == (f"it adds or changes keys: {group.address}",)


@pytest.mark.parametrize("actions", [("delete",), ("delete", "create"), ("forget",)])
def test_a_loss_asks_a_person(applied: Callable[..., Applied], actions: tuple[str, ...]) -> None:
    """To destroy, to replace and to forget all lose what stands."""
    one = applied()
    alarm = one.first("aws_cloudwatch_metric_alarm")
    one.change(alarm.address, *actions)
    assert one.approval().reasons == (f"it destroys or forgets {alarm.address}",)


def test_drift_asks_a_person(applied: Callable[..., Applied]) -> None:
    """What someone changed by hand was never approved, so it is no measure."""
    one = applied()
    one.plan.content["resource_drift"] = [{"address": "aws_s3_bucket.store"}]
    assert one.approval().reasons == (
        "what stands is not what was approved: aws_s3_bucket.store changed meanwhile",
    )


def test_a_denied_plan_and_a_used_exception_ask_a_person(applied: Callable[..., Applied]) -> None:
    """The machine approves nothing that passes by a person's leave."""
    one = applied()
    entry = ExceptionEntry(
        id="EX-1",
        control="c",
        resource="r",
        owner="o",
        approver="a",
        reason="r",
        compensating="c",
        expires=date(2027, 1, 1),
    )
    assert one.approval(replace(ALLOWED, exceptions=(entry,))).reasons == (
        "it passes by the exceptions EX-1",
    )
    assert one.approval(replace(ALLOWED, verdict="deny")).reasons == ("the gate does not allow it",)


def test_a_way_out_asks_a_person() -> None:
    """A new destination counts wherever it stands; one that stands already is not new."""

    def to(address: str, peer: str) -> Fact:
        return Fact(action=Action.CONNECT, address=address, context={"peer": peer})

    def new(*after: Fact) -> list[str]:
        found = compared([to("a.b", "x.example")], after, changes=())["egress"]
        assert isinstance(found, list)
        return found

    assert new(to("a.b", "x.example"), to("a.c", "x.example")) == []
    assert new(to("a.c", "y.example")) == ["a.c"]


def test_what_cannot_be_known_asks_a_person() -> None:
    """An unknown fact of what stands counts for nothing; one of the plan asks a person."""
    fact = Fact(action=Action.STORE, address="a.b", context={}, unknown=("the key",))
    assert compared([fact], [fact], changes=())["undecided"] == ["a.b: the key"]


@pytest.mark.parametrize("field", [name for name in NOTHING if name != "allowed"])
def test_every_kind_of_news_asks_a_person(field: str) -> None:
    """The machine approves only where each set is empty."""
    assert approves(NOTHING, stack="a") == (True, ())
    passes, reasons = approves({**NOTHING, field: ["it"]}, stack="a")
    assert not passes
    assert len(reasons) == 1


def test_a_context_that_lacks_something_asks_a_person() -> None:
    """What the policies can't decide on is not approved."""
    context = {name: value for name, value in NOTHING.items() if name != "keys"}
    why = "the approval policies can't be decided on what is known"
    assert approves(context, stack="a") == (False, (why,))


def approval(**adds: list[str]) -> Approval:
    """An approval that asks for a person."""
    kinds = {name: () for name in NOTHING if name != "allowed"}
    return Approval(by_machine=False, reasons=("it adds",), adds={**kinds, **adds})


def test_an_approval_covers_a_plan_that_adds_no_more() -> None:
    """A plan made again after a kill adds what is left; whatever else is new asks again."""
    wide = approval(principals=["a", "b"], keys=["k"])
    assert wide.covers(approval(principals=["b"]))
    assert wide.covers(wide)
    assert not wide.covers(approval(principals=["c"]))
    assert not wide.covers(approval(egress=["b"]))
    assert not wide.covers(replace(wide, adds=None))
    assert not replace(wide, adds=None).covers(wide)
    assert replace(wide, adds=None).covers(replace(wide, by_machine=True))


def test_approvers_are_read_with_their_stacks(tmp_path: Path) -> None:
    """Each name approves for the stacks that its patterns match."""
    file = tmp_path / "approvers.yaml"
    file.write_text('approvers:\n  lead: ["*"]\n  payments: ["cell-*-payments-eu", core]\n')
    found = load_approvers(file)
    assert found.of("cell-aws-eu-west-1-payments-eu") == ("lead", "payments")
    assert found.of("guardrails-payments-eu") == ("lead",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("approvers: []\n", "no mapping `approvers`"),
        ("{}\n", "no mapping `approvers`"),
        ("approver: {a: [b]}\n", "the unknown key approver"),
        ("approvers: {machine: ['*']}\n", "machine is no approver's name"),
        ("approvers: {7: ['*']}\n", "7 is no approver's name"),
        ("approvers: {a: '*', b: []}\n", "a has no list of patterns over stacks; b has no list"),
        ("- a\n", "holds no mapping"),
        ("a: [\n", "while parsing"),
    ],
)
def test_a_wrong_list_of_approvers_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """Every mistake is told at once, and nobody may approve meanwhile."""
    file = tmp_path / "approvers.yaml"
    file.write_text(text)
    with pytest.raises(StudioError) as caught:
        load_approvers(file)
    assert told in caught.value.line
    assert caught.value.exit_code is ExitCode.DENIED
