"""The gate, as an apply meets it: a record to verify, and plans of its own to have judged."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent_studio.delivery.engine import Engine
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate import Estate
from agent_studio.estate.errors import ExitCode, StudioError

if TYPE_CHECKING:
    from agent_studio.policies.model import PlanInput, Verdict
    from agent_studio.policies.record import Record


def verify(tools: Toolchain, stack: SynthesizedStack, plan_file: Path) -> str:
    """Hold a plan file to its gate record.

    Returns:
        The plan file's SHA-256.

    Raises:
        StudioError: no record allows exactly this plan of the stack as it is now (exit code 3).
    """
    return held(
        tools.layout,
        tools.estate_file,
        stack=stack.name,
        digest=stack.digest,
        plan_file=plan_file,
    ).plan_sha256


def approved(tools: Toolchain, stack: SynthesizedStack) -> "Record | None":
    """Find what was approved of a stack, before a new plan takes its record's place.

    Returns:
        The record, held to everything but its plan file; None where there is none that counts.
    """
    try:
        return held(
            tools.layout,
            tools.estate_file,
            stack=stack.name,
            digest=stack.digest,
            plan_file=None,
        )
    except StudioError:
        return None


def held(
    layout: Layout, estate_file: Path | None, *, stack: str, digest: str, plan_file: Path | None
) -> "Record":
    """Read a stack's gate record, and hold it to the stack as it is now.

    Args:
        layout: the state folder.
        estate_file: the estate's file, beside which keys and approvers may lie.
        stack: the stack's name.
        digest: the digest of the synthesized stack.
        plan_file: the plan file; None leaves it out.

    Raises:
        StudioError: the record does not allow this (exit code 3).
    """
    from agent_studio.policies import record

    return record.read_and_verify(
        layout.gate_record(stack),
        stack=stack,
        digest=digest,
        plan_file=plan_file,
        state_dir=layout.root,
        terms=record.Terms(estate_file=estate_file),
    )


def judge_plan(
    item: "PlanInput",
    *,
    estate: Estate,
    estate_file: Path | None,
    layout: Layout,
    engine: Engine,
    approver: str | None = None,
    before: "Record | None" = None,
) -> "Verdict":
    """Have one plan judged under the exceptions in force, and write its gate record.

    Args:
        item: the stack with its plan; the plan file must be there.
        estate: what the stack is held to.
        estate_file: its file, beside which keys and exceptions may lie.
        layout: the state folder.
        engine: what made the plan.
        approver: who approves the plan.
        before: what was approved of the stack before; its approver's word holds for a plan that
            adds nothing more.

    Returns:
        The verdict; the record says the same.

    Raises:
        StudioError: the plan can't be judged.
    """
    # checkov takes seconds to import; whoever judges nothing does without it.
    from agent_studio.policies import gate, record
    from agent_studio.policies.exceptions import exceptions_file, load_exceptions
    from agent_studio.policies.model import Stage
    from agent_studio.policies.record.tools import deciding

    assert item.plan_file is not None  # noqa: S101 - a plan to be applied is a file
    today = datetime.now(UTC).date()
    verdict = gate.judge(
        [item],
        estate=estate,
        stage=Stage.PLAN,
        exceptions=load_exceptions(exceptions_file(estate_file), today=today),
        today=today,
    )
    approval = verdict.approvals.get(item.stack)
    stood = before.approval if before is not None else None
    if before and stood and approval and stood.covers(approval):
        approver = approver or before.approver
    record.write(
        layout.gate_record(item.stack),
        stack=item.stack,
        digest=item.digest,
        plan_file=item.plan_file,
        verdict=verdict,
        tools=deciding(**{engine.kind: engine.version}),
        stack_file=item.synthesized,
        studio=estate.studio,
        approver=approver,
        state_dir=layout.root,
        estate_file=estate_file,
    )
    return verdict


def judge_again(
    tools: Toolchain,
    stack: SynthesizedStack,
    plan_sha256: str,
    *,
    estate: Estate,
    before: "Record | None",
) -> None:
    """Have a plan judged that an apply had to make itself, and write its record.

    Args:
        tools: what the apply works with.
        stack: the stack.
        plan_sha256: the SHA-256 of the new plan file.
        estate: what the stack is held to.
        before: what was approved of the stack before; see `approved`.

    Raises:
        StudioError: the gate denies it (exit code 3); the line gives its worst findings.
    """
    from agent_studio.policies.model import PlanInput

    folder = tools.layout.plan(stack.name)
    item = PlanInput(
        stack=stack.name,
        synthesized=stack.path,
        plan_json=folder / "plan.json",
        plan_file=folder / "plan.bin",
        digest=stack.digest,
        planned_digest=stack.digest,
        planned_sha256=plan_sha256,
    )
    verdict = judge_plan(
        item,
        estate=estate,
        estate_file=tools.estate_file,
        layout=tools.layout,
        engine=tools.engine,
        before=before,
    )
    if verdict.verdict != "allow":
        worst = [f"{one.control} on {one.address or stack.name}" for one in verdict.findings[:3]]
        raise StudioError(
            f"the gate denied the new plan of {stack.name}",
            found="; ".join(worst),
            fix="run `studio gate` and look at its findings",
            exit_code=ExitCode.DENIED,
        )
