"""A verdict as `studio gate` prints it: findings, the last line, and who must approve."""

from typing import TYPE_CHECKING

import click

from agent_studio.cli.output import note, print_table

if TYPE_CHECKING:
    from agent_studio.policies.model import Approval, Finding, Verdict


def print_verdict(verdict: "Verdict", *, piped: bool) -> None:
    """Print the findings and the last line; the line alone, on stderr, when a report is piped."""
    denied = sorted({finding.stack for finding in verdict.findings if finding.blocks})
    judged = len(verdict.stages)
    passed = sum(finding.exception is not None for finding in verdict.findings)
    line = (
        f"{verdict.verdict}: {judged} {'stack' if judged == 1 else 'stacks'} judged, "
        f"{len(denied)} denied, {len(verdict.findings)} findings"
    ) + (f", {passed} passed by exception" if passed else "")
    if piped:
        note(line)
        return
    if verdict.findings:
        print_table(
            "Findings",
            ("severity", "control", "stack", "resource", "what is wrong", "fix", "where"),
            [
                (
                    finding.severity.value,
                    finding.control,
                    finding.stack,
                    finding.construct or finding.address,
                    _told(finding),
                    finding.fix,
                    finding.source,
                )
                for finding in verdict.findings
            ],
        )
    _print_approvals(verdict)
    click.echo(line)


def _print_approvals(verdict: "Verdict") -> None:
    """Tell which of the allowed plans a person must approve, and how much each adds."""
    asking = {
        stack: approval
        for stack, approval in verdict.approvals.items()
        if not approval.by_machine and verdict.of(stack).verdict == "allow"
    }
    if asking:
        print_table(
            "Plans that ask for an approver",
            ("stack", "adds"),
            [(stack, _counted(approval)) for stack, approval in asking.items()],
        )
        click.echo("Whoever approves them: `studio gate --approver NAME`")


def _counted(approval: "Approval") -> str:
    if approval.adds is None:
        return "; ".join(approval.reasons)
    return ", ".join(f"{len(items)} {kind}" for kind, items in approval.adds.items() if items)


def _told(finding: "Finding") -> str:
    if finding.exception is None:
        return finding.message
    return f"passes by exception {finding.exception}: {finding.message}"
