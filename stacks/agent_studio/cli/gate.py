"""`studio gate`: allow or deny synthesized stacks and plans."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json, print_table
from agent_studio.estate.errors import ExitCode

if TYPE_CHECKING:
    from agent_studio.policies.model import PlanInput, Stage, Verdict


@click.command()
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    default=None,
    help="Judge every stack and plan below this folder instead of the pipeline's own.",
)
@click.option(
    "--stage",
    type=click.Choice(["static", "plan"]),
    default=None,
    help="Judge synthesized stacks alone, or want a plan of each; by default, what is there.",
)
@pass_settings
def gate(settings: Settings, folder: Path | None, stage: str | None) -> None:
    """Allow or deny synthesized stacks and their plans.

    Reads what `studio synth` and `studio plan` left, and writes a gate record for each plan, which
    `studio apply` wants to see. With --from it judges any folder that holds `cdk.tf.json`,
    `plan.json` and `plan.bin` files, and writes no record.

    Ends with exit code 3 when anything is denied.
    """
    from agent_studio.policies.gate import judge
    from agent_studio.policies.inputs import from_folder
    from agent_studio.policies.model import Stage

    wanted = Stage(stage) if stage else None
    if folder is not None:
        inputs = from_folder(folder)
        verdict = judge(inputs, stage=wanted, require_plan_file=False)
        records: dict[str, Path] = {}
        for item in inputs:
            if item.plan_json is not None and item.plan_file is None:
                note(
                    f"{item.stack}: no plan file beside plan.json; the verdict is on the JSON alone"
                )
    else:
        inputs, wanted = _pipeline(settings.state_dir, wanted)
        verdict = judge(inputs, stage=wanted)
        records = _write_records(settings.state_dir, inputs, verdict)
    _print(settings, verdict, records)
    if verdict.verdict != "allow":
        sys.exit(int(ExitCode.DENIED))


def _pipeline(state_dir: Path, stage: "Stage | None") -> "tuple[tuple[PlanInput, ...], Stage]":
    """The pipeline's stacks: those that have a plan, or all when none has or stacks are asked for.

    A stack without a plan did not change, so there is nothing of it to apply.
    """
    from agent_studio.policies.inputs import from_state_dir
    from agent_studio.policies.model import Stage

    inputs = from_state_dir(state_dir)
    planned = tuple(item for item in inputs if item.plan_json is not None)
    if stage is None:
        stage = Stage.PLAN if planned else Stage.STATIC
    return (inputs if stage is Stage.STATIC else planned), stage


def _write_records(
    state_dir: Path, inputs: "tuple[PlanInput, ...]", verdict: "Verdict"
) -> dict[str, Path]:
    from agent_studio.policies import builtin, record
    from agent_studio.policies.model import Stage

    tools = {"agent-studio": _version(), "checkov": builtin.load().version}
    records: dict[str, Path] = {}
    for item in inputs:
        if item.plan_file is None or verdict.stages[item.stack] is not Stage.PLAN:
            continue
        path = state_dir / "gate" / f"{item.stack}.json"
        record.write(
            path,
            stack=item.stack,
            digest=item.digest,
            plan_file=item.plan_file,
            verdict=verdict,
            tools=tools,
        )
        records[item.stack] = path
    return records


def _print(settings: Settings, verdict: "Verdict", records: Mapping[str, Path]) -> None:
    if settings.format == "json":
        print_json(
            {
                "verdict": verdict.verdict,
                "findings": [finding.as_json() for finding in verdict.findings],
                "records": [{"stack": name, "path": str(path)} for name, path in records.items()],
            }
        )
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
                    finding.message,
                    finding.fix,
                    finding.source,
                )
                for finding in verdict.findings
            ],
        )
    denied = sorted({finding.stack for finding in verdict.findings if finding.blocks})
    judged = len(verdict.stages)
    click.echo(
        f"{verdict.verdict}: {judged} {'stack' if judged == 1 else 'stacks'} judged, "
        f"{len(denied)} denied, {len(verdict.findings)} findings"
    )


def _version() -> str:
    from importlib.metadata import version

    return version("agent-studio")
