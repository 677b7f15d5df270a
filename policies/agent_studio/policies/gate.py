"""The gate: stacks and their plans in, a verdict out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from agent_studio.estate import Estate
from agent_studio.estate.errors import StudioError
from agent_studio.policies import builtin, changes, integrity, static
from agent_studio.policies.approval import approval_of
from agent_studio.policies.documents import Unreadable
from agent_studio.policies.exceptions import applied, exceptions_file, load_exceptions
from agent_studio.policies.findings import findings_of
from agent_studio.policies.integrity import STACK_UNREADABLE
from agent_studio.policies.model import (
    ExceptionEntry,
    Finding,
    News,
    Objection,
    PlanInput,
    Stage,
    Verdict,
    decided,
)
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Plan
from agent_studio.policies.spreading import spread


def judge(
    inputs: Sequence[PlanInput],
    *,
    estate: Estate | None = None,
    stage: Stage | None = None,
    require_plan_file: bool = True,
    exceptions: Sequence[ExceptionEntry] | None = None,
    today: date | None = None,
) -> Verdict:
    """Judge stacks and their plans, all in this process.

    Whatever can't be judged is denied: an unreadable file, a plan that is not whole, a check that
    fails to come to a result.

    Args:
        inputs: the stacks; at least one.
        estate: what the stacks are held to: residency, isolation, exposure, encryption, identity,
            egress and models are decided by it, never by what a stack says of itself. None leaves
            those decisions out, for the sake of judging a file that is of no estate.
        stage: `static` judges synthesized stacks alone, `plan` wants a plan of each; None judges
            all that is there: the synthesized stack and its plan.
        require_plan_file: whether plan JSON must come with the plan file that it tells of.
        exceptions: what may let findings pass; None reads those that `exceptions_file` finds.
        today: the day by UTC on which exceptions must hold; None takes it from the clock.

    Returns:
        The verdict with all findings, worst first.

    Raises:
        StudioError: there is nothing to judge, two inputs are of one stack, or the gate's own
            rules can't be loaded.
    """
    if not inputs:
        raise StudioError(
            "there is nothing to judge", fix="run `studio synth` and `studio plan` first"
        )
    names = [item.stack for item in inputs]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise StudioError("two of the inputs are of one stack", found=twice)
    today = today or datetime.now(UTC).date()
    if exceptions is None:
        exceptions = load_exceptions(exceptions_file(), today=today)
    builtin.load()
    findings: list[Finding] = []
    news: dict[str, News | None] = {}
    stages: dict[str, Stage] = {}
    for item in inputs:
        stages[item.stack] = stage or (Stage.PLAN if item.plan_json else Stage.STATIC)
    work = partial(_judge_some, stage=stage, estate=estate, require_plan_file=require_plan_file)
    for shares in spread(work, inputs):
        for one in shares:
            findings += one.findings
            news |= one.news
    passed = applied(
        findings,
        exceptions,
        today=today,
        judged=stages,
        declared=[ref.name for ref in estate.stacks] if estate else None,
    )
    ordered = tuple(
        sorted(
            passed.findings,
            key=lambda f: (f.severity.rank, f.stack, f.address, f.control, f.message),
        )
    )
    verdict = Verdict(
        verdict=decided(ordered), findings=ordered, stages=stages, exceptions=passed.used
    )
    approvals = {
        name: approval_of(added, verdict.of(name), stack=name) for name, added in news.items()
    }
    return replace(verdict, approvals=approvals)


@dataclass(frozen=True)
class _Judged:
    """One stack, judged: its findings, and what its plan adds, if it has a plan."""

    findings: list[Finding]
    news: dict[str, News | None]


def _judge_some(
    items: Sequence[PlanInput],
    *,
    stage: Stage | None,
    estate: Estate | None,
    require_plan_file: bool,
) -> list[_Judged]:
    return [_judge(item, stage, estate, require_plan_file=require_plan_file) for item in items]


def _judge(
    item: PlanInput, stage: Stage | None, estate: Estate | None, *, require_plan_file: bool
) -> _Judged:
    objections: list[Objection] = []
    news: dict[str, News | None] = {}
    stack: Synthesized | None = None
    if item.synthesized is not None:
        try:
            stack = Synthesized.read(item.synthesized)
        except Unreadable as error:
            objections.append(_whole(STACK_UNREADABLE, str(error)))
    elif stage is Stage.STATIC or (stage is None and item.plan_json is None):
        objections.append(_whole(STACK_UNREADABLE, "there is no cdk.tf.json of the stack"))
    if stack is not None:
        objections += changes.synthesized(stack)
        if stage is not Stage.PLAN:
            objections += _builtin_of_stack(stack)
    if stage is Stage.PLAN or (stage is None and item.plan_json is not None):
        plan = _read_plan(item, objections)
        if plan is not None:
            objections += _plan(item, stack, plan, require_plan_file=require_plan_file)
            if estate is not None:
                found = static.decided(stack, plan, stack=item.stack, estate=estate)
                objections += found.objections
                news[item.stack] = found.news
    if estate is not None and stack is not None and stage is not Stage.PLAN:
        # The plan may have been made of another stack than the one beside it.
        objections += static.decided(stack, None, stack=item.stack, estate=estate).objections
    path = item.synthesized or item.plan_json
    findings = findings_of(
        objections, stack=item.stack, synthesized=stack, otherwise=str(path) if path else None
    )
    return _Judged(findings, news)


def _read_plan(item: PlanInput, objections: list[Objection]) -> Plan | None:
    try:
        if item.plan_json is None:
            raise Unreadable("there is no plan.json of the stack")
        return Plan.read(item.plan_json)
    except Unreadable as error:
        objections.append(_whole(integrity.UNREADABLE, str(error)))
        return None


def _plan(
    item: PlanInput, stack: Synthesized | None, plan: Plan, *, require_plan_file: bool
) -> Iterator[Objection]:
    yield from integrity.unfinished(plan)
    yield from integrity.inconsistent(plan)
    yield from integrity.unbound(item, plan, require_plan_file=require_plan_file)
    if stack is not None:
        yield from integrity.foreign(plan, stack)
    yield from changes.changed(plan)
    try:
        yield from builtin.load().of_plan(plan.content, stack.content if stack else None)
    except Exception as error:  # noqa: BLE001 - checkov's reader trusts the shape of a plan
        yield _whole(integrity.UNREADABLE, f"checkov can't read the plan: {type(error).__name__}")


def _builtin_of_stack(stack: Synthesized) -> list[Objection]:
    try:
        return builtin.load().of_stack(stack.content)
    except Exception as error:  # noqa: BLE001 - checkov's reader raises bare Exception
        return [_whole(STACK_UNREADABLE, f"checkov can't read it: {type(error).__name__}")]


def _whole(control: str, message: str) -> Objection:
    return Objection(control=control, address="", message=message)
