"""`studio gate`: allow or deny synthesized stacks and plans."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.gate_reports import Wanted, on_stdout, read_option, write_reports
from agent_studio.cli.gate_table import print_verdict
from agent_studio.cli.output import note, print_json
from agent_studio.estate.errors import ExitCode

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

    from agent_studio.policies.model import PlanInput, Stage, Verdict


def _read_approver(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from agent_studio.policies.approval import checked

    try:
        return checked(value)
    except ValueError as error:
        raise click.BadParameter(f"{value[:50]!r} is no {error}.", param=option) from None


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
@click.option(
    "--approver",
    metavar="NAME",
    envvar="STUDIO_APPROVER",
    callback=_read_approver,
    help="The person who approves the plans that ask for one; the gate records name them.",
)
@pass_settings
def gate(
    settings: Settings,
    folder: Path | None,
    stage: str | None,
    reports: tuple[Wanted, ...],
    approver: str | None,
) -> None:
    """Allow or deny synthesized stacks and their plans.

    Reads what `studio synth` and `studio plan` left, and writes a gate record for each plan, which
    `studio apply` wants to see. With --from it judges any folder that holds `cdk.tf.json`,
    `plan.json` and `plan.bin` files, and writes no record.

    Findings pass by the exceptions of `policies/exceptions.yaml` beside the estate's file, or of
    the file that $STUDIO_EXCEPTIONS names.

    A plan that adds no location, grant, way out, change of keys, destruction or exception is
    approved by the machine; others ask for a named person (--approver). Where
    `policies/approvers.yaml` lies beside the estate's file, `studio apply` wants one of its names.

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
        # A key that can't sign is told before minutes of judging, not after.
        signer = _signer(settings, inputs, wanted)
        verdict = judge(inputs, estate=estate, stage=wanted, exceptions=exceptions, today=today)
        records = _write_records(
            settings, inputs, verdict, studio=estate.studio, approver=approver, signer=signer
        )
    document = _document(verdict, records)
    write_reports(reports, verdict, document, version=_version())
    if settings.format == "json":
        print_json(document)
    else:
        print_verdict(verdict, piped=piped)
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


def _signer(settings: Settings, inputs: "tuple[PlanInput, ...]", stage: "Stage") -> "Signer | None":
    """Who signs the records; nobody where there is none to write."""
    from agent_studio.policies import signing
    from agent_studio.policies.model import Stage

    if stage is not Stage.PLAN or all(item.plan_file is None for item in inputs):
        return None
    return signing.signer(settings.state_dir, estate_file=settings.estate_file)


def _write_records(
    settings: Settings,
    inputs: "tuple[PlanInput, ...]",
    verdict: "Verdict",
    *,
    studio: str,
    approver: str | None,
    signer: "Signer | None",
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
            approver=approver,
            state_dir=settings.state_dir,
            estate_file=settings.estate_file,
            signer=signer,
        )
        records[item.stack] = path
    return records


def _document(verdict: "Verdict", records: Mapping[str, Path]) -> dict[str, object]:
    return {
        "verdict": verdict.verdict,
        "findings": [finding.as_json() for finding in verdict.findings],
        "exceptions": [entry.as_json() for entry in verdict.exceptions],
        "approvals": [
            {"stack": name, **approval.as_json()} for name, approval in verdict.approvals.items()
        ],
        "records": [{"stack": name, "path": str(path)} for name, path in records.items()],
    }


def _version() -> str:
    from importlib.metadata import version

    return version("agent-studio")
