"""`studio gate`: allow or deny synthesized stacks and plans."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.gate_reports import Wanted, on_stdout, read_option, write_reports
from agent_studio.cli.output import note, print_json, print_table
from agent_studio.estate.errors import ExitCode

if TYPE_CHECKING:
    from agent_studio.policies.model import Finding, PlanInput, Stage, Verdict


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
@click.option(
    "--report",
    "reports",
    metavar="KIND=PATH",
    multiple=True,
    callback=read_option,
    help="Write a report: sarif, junit, markdown, html or json, e.g. sarif=gate.sarif; `-` for "
    "stdout, in place of the table. Can be given again.",
)
@pass_settings
def gate(
    settings: Settings, folder: Path | None, stage: str | None, reports: tuple[Wanted, ...]
) -> None:
    """Allow or deny synthesized stacks and their plans.

    Reads what `studio synth` and `studio plan` left, and writes a gate record for each plan, which
    `studio apply` wants to see. With --from it judges any folder that holds `cdk.tf.json`,
    `plan.json` and `plan.bin` files, and writes no record.

    Findings pass by the exceptions of `policies/exceptions.yaml` beside the estate's file, or of
    the file that $STUDIO_EXCEPTIONS names.

    Ends with exit code 3 when anything is denied.
    """
    from agent_studio.estate.loader import load_estate
    from agent_studio.policies.exceptions import exceptions_file, load_exceptions
    from agent_studio.policies.gate import judge
    from agent_studio.policies.inputs import from_folder
    from agent_studio.policies.model import Stage

    wanted = Stage(stage) if stage else None
    piped = on_stdout(reports, as_json=settings.format == "json")
    today = datetime.now(UTC).date()
    estate = load_estate(settings.estate_file)
    exceptions = load_exceptions(exceptions_file(settings.estate_file), today=today)
    if folder is not None:
        inputs = from_folder(folder, known=frozenset(ref.name for ref in estate.stacks))
        verdict = judge(
            inputs,
            estate=estate,
            stage=wanted,
            require_plan_file=False,
            exceptions=exceptions,
            today=today,
        )
        records: dict[str, Path] = {}
        for item in inputs:
            if item.plan_json is not None and item.plan_file is None:
                note(
                    f"{item.stack}: no plan file beside plan.json; the verdict is on the JSON alone"
                )
    else:
        inputs, wanted = _pipeline(settings.state_dir, wanted)
        verdict = judge(inputs, estate=estate, stage=wanted, exceptions=exceptions, today=today)
        records = _write_records(settings, inputs, verdict, studio=estate.studio)
    document = _document(verdict, records)
    write_reports(reports, verdict, document, version=_version())
    if settings.format == "json":
        print_json(document)
    else:
        _print(verdict, piped=piped)
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
    settings: Settings, inputs: "tuple[PlanInput, ...]", verdict: "Verdict", *, studio: str
) -> dict[str, Path]:
    from agent_studio.policies import record
    from agent_studio.policies.model import Stage
    from agent_studio.policies.record.tools import deciding

    tools = deciding()
    records: dict[str, Path] = {}
    for item in inputs:
        if item.plan_file is None or verdict.stages[item.stack] is not Stage.PLAN:
            continue
        path = settings.state_dir / "gate" / f"{item.stack}.json"
        record.write(
            path,
            stack=item.stack,
            digest=item.digest,
            plan_file=item.plan_file,
            verdict=verdict,
            tools=tools,
            stack_file=item.synthesized,
            studio=studio,
            state_dir=settings.state_dir,
            estate_file=settings.estate_file,
        )
        records[item.stack] = path
    return records


def _document(verdict: "Verdict", records: Mapping[str, Path]) -> dict[str, object]:
    return {
        "verdict": verdict.verdict,
        "findings": [finding.as_json() for finding in verdict.findings],
        "exceptions": [entry.as_json() for entry in verdict.exceptions],
        "records": [{"stack": name, "path": str(path)} for name, path in records.items()],
    }


def _print(verdict: "Verdict", *, piped: bool) -> None:
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
    click.echo(line)


def _told(finding: "Finding") -> str:
    if finding.exception is None:
        return finding.message
    return f"passes by exception {finding.exception}: {finding.message}"


def _version() -> str:
    from importlib.metadata import version

    return version("agent-studio")
