"""The gate's decision on one plan, told in lines and kept as a record."""

import os
import sys
from pathlib import Path

from agent_studio.delivery.engine import Engine
from agent_studio.delivery.gated.place import Place
from agent_studio.delivery.gating import held, judge_plan
from agent_studio.estate.errors import ExitCode, StudioError, printable
from agent_studio.estate.loader import load_estate
from agent_studio.policies.model import Finding

APPROVER = "STUDIO_APPROVER"
"""The variable that names who approves; `studio gate --approver` reads it, too."""


def decide(place: Place, engine: Engine, *, plan_file: Path, plan_json: Path, digest: str) -> str:
    """Have a plan judged, print the findings on stderr, and write the gate record.

    Args:
        place: the stack.
        engine: what made the plan.
        plan_file: the plan file that would be applied.
        plan_json: the same plan as JSON.
        digest: what the stack was known by when the plan was made.

    Returns:
        The SHA-256 of the plan file that was judged.

    Raises:
        StudioError: the gate denies it, or nobody approved it who may (exit code 3), or it can't
            be judged.
    """
    from agent_studio.policies.approval import short
    from agent_studio.policies.model import PlanInput
    from agent_studio.policies.record import sha256

    judged = sha256(plan_file)
    item = PlanInput(
        stack=place.stack,
        synthesized=place.synthesized,
        plan_json=plan_json,
        plan_file=plan_file,
        digest=place.digest(),
        planned_digest=digest,
        planned_sha256=judged,
    )
    verdict = judge_plan(
        item,
        estate=load_estate(place.estate_file),
        estate_file=place.estate_file,
        layout=place.layout,
        engine=engine,
        approver=_approver(os.environ.get(APPROVER)),
    )
    approval = verdict.approvals.get(place.stack)
    for finding in verdict.findings:
        sys.stderr.write("\n".join(lines_of(finding)) + "\n")
    if verdict.verdict != "allow":
        denied = sum(finding.blocks for finding in verdict.findings)
        raise StudioError(
            f"the gate denied the plan of {place.stack}; nothing was applied",
            found=f"{denied} {'finding' if denied == 1 else 'findings'} above",
            fix="correct the constructs, or ask for an exception, and deploy again",
            exit_code=ExitCode.DENIED,
        )
    sys.stderr.write(f"the gate allowed the plan of {place.stack}\n")
    if approval is not None and not approval.by_machine:
        sys.stderr.write(f"it asks for a person: {short(approval.reasons)}\n")
    # Where the estate asks for an approver, the record must name one.
    held(
        place.layout,
        place.estate_file,
        stack=place.stack,
        digest=item.digest,
        plan_file=plan_file,
    )
    return judged


def _approver(named: str | None) -> str | None:
    from agent_studio.policies.approval import checked

    if named is None:
        return None
    try:
        return checked(named)
    except ValueError as error:
        raise StudioError(
            f"${APPROVER} names nobody",
            found=printable(named)[:50],
            allowed=str(error),
            fix="correct or unset it",
            exit_code=ExitCode.DENIED,
        ) from None


def lines_of(finding: Finding) -> tuple[str, ...]:
    """Give a finding as people read it: what is wrong, where, and what to do."""
    head = "denied" if finding.blocks else "noted"
    where = finding.address or finding.stack
    construct = f" (construct {finding.construct})" if finding.construct else ""
    lines = [
        f"{head}: {finding.severity.value} {finding.control}: {finding.message}",
        f"  resource: {where}{construct}",
    ]
    if finding.source:
        lines.append(f"  source: {finding.source}")
    lines.append(f"  fix: {finding.fix}")
    if finding.exception:
        lines.append(f"  exception: {finding.exception}")
    return tuple(_indented(line) for line in lines)


def _indented(line: str) -> str:
    text = printable(line)
    return f"  {text}" if line.startswith("  ") else text
