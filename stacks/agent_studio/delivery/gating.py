"""The gate, as an apply meets it: a record to verify, and plans of its own to have judged."""

from datetime import UTC, datetime
from pathlib import Path

from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate import Estate
from agent_studio.estate.errors import ExitCode, StudioError


def verify(tools: Toolchain, stack: SynthesizedStack, plan_file: Path) -> str:
    """Hold a plan file to its gate record.

    Returns:
        The plan file's SHA-256.

    Raises:
        StudioError: no record allows exactly this plan of the stack as it is now (exit code 3).
    """
    from agent_studio.policies import record

    return record.read_and_verify(
        tools.layout.gate_record(stack.name),
        stack=stack.name,
        digest=stack.digest,
        plan_file=plan_file,
        state_dir=tools.layout.root,
        terms=record.Terms(estate_file=tools.estate_file),
    ).plan_sha256


def judge_again(
    tools: Toolchain, stack: SynthesizedStack, plan_sha256: str, *, estate: Estate
) -> None:
    """Have a plan judged that an apply had to make itself, and write its record.

    Raises:
        StudioError: the gate denies it (exit code 3); the line gives its worst findings.
    """
    # checkov takes seconds to import; an apply that re-plans nothing does without it.
    from agent_studio.policies import gate, record
    from agent_studio.policies.exceptions import exceptions_file, load_exceptions
    from agent_studio.policies.model import PlanInput, Stage
    from agent_studio.policies.record.tools import deciding

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
    today = datetime.now(UTC).date()
    verdict = gate.judge(
        [item],
        estate=estate,
        stage=Stage.PLAN,
        exceptions=load_exceptions(exceptions_file(tools.estate_file), today=today),
        today=today,
    )
    record.write(
        tools.layout.gate_record(stack.name),
        stack=stack.name,
        digest=stack.digest,
        plan_file=folder / "plan.bin",
        verdict=verdict,
        tools=deciding(**{tools.engine.kind: tools.engine.version}),
        stack_file=stack.path,
        studio=estate.studio,
        state_dir=tools.layout.root,
        estate_file=tools.estate_file,
    )
    if verdict.verdict != "allow":
        worst = [f"{one.control} on {one.address or stack.name}" for one in verdict.findings[:3]]
        raise StudioError(
            f"the gate denied the new plan of {stack.name}",
            found="; ".join(worst),
            fix="run `studio gate` and look at its findings",
            exit_code=ExitCode.DENIED,
        )
