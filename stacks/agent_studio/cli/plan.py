"""`studio plan`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json

if TYPE_CHECKING:
    from agent_studio.delivery.planning import Planned


@click.command()
@click.option("--stack", "patterns", multiple=True, help="Plan the stacks with such a name (glob).")
@click.option("--all", "everything", is_flag=True, help="Plan unchanged stacks too.")
@click.option(
    "--changed-since",
    "revision",
    metavar="REF",
    help="Plan the stacks that changed since a git revision, instead of since the last apply.",
)
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="STUDIO_OVERLAY",
    help="A folder of *_override.tf.json to lay beside the stacks.",
)
@pass_settings
def plan(
    settings: Settings,
    patterns: tuple[str, ...],
    everything: bool,
    revision: str | None,
    overlay: Path | None,
) -> None:
    """Plan the stacks that changed since they were last applied.

    What was applied stands in the state folder. Where a runner starts without one, plan with
    --changed-since, or with --all.
    """
    from agent_studio.cli.planned import show_plans
    from agent_studio.delivery.journal import unsettled
    from agent_studio.delivery.pipeline import pool
    from agent_studio.delivery.planning import plan_all
    from agent_studio.delivery.selection import digests_applied, digests_at, moved
    from agent_studio.delivery.synthesized import matching, read_stacks
    from agent_studio.delivery.toolchain import open_toolchain
    from agent_studio.estate.errors import ExitCode, StudioError

    if everything and revision:
        raise click.UsageError("--all and --changed-since exclude each other.")
    tools = open_toolchain(settings.state_dir, overlay=overlay)
    stacks = matching(read_stacks(tools.layout), patterns)
    if everything:
        due = stacks
    elif revision:
        due = moved(stacks, digests_at(revision, settings.estate_file))
    else:
        due = moved(stacks, digests_applied(tools.layout))
    note(f"{len(due)} of {len(stacks)} stacks to plan")

    def progress(planned: "Planned") -> None:
        done = planned.error or (
            f"{planned.stack}: {planned.add} to add, {planned.change} to change, "
            f"{planned.destroy} to destroy ({planned.seconds:.1f} s)"
        )
        note(done)

    open_ends = {step.stack for step in unsettled(tools.layout.runs)}
    for stack in due:
        if stack.name in open_ends:
            note(f"{stack.name}: an apply was cut short; `studio apply` settles it and plans anew")
    with pool() as executor:
        plans = plan_all(tools, due, executor, progress=progress)
    if settings.format == "json":
        by_name = {one.stack: one for one in plans}
        print_json({"stacks": [_row(s.name, by_name.get(s.name)) for s in stacks]})
    else:
        show_plans(tools.layout, due, plans)
    failed = [one for one in plans if one.error]
    if failed:
        raise StudioError(
            f"{len(failed)} of {len(plans)} stacks could not be planned",
            found="; ".join(one.stack for one in failed[:10]),
            exit_code=ExitCode.ERROR,
        )


def _row(name: str, planned: "Planned | None") -> dict[str, object]:
    if planned is None:
        return {
            "name": name,
            "changed": False,
            "add": 0,
            "change": 0,
            "destroy": 0,
            "plan_file": None,
            "plan_json": None,
            "seconds": 0.0,
        }
    return {
        "name": name,
        "changed": True,
        "add": planned.add,
        "change": planned.change,
        "destroy": planned.destroy,
        "plan_file": str(planned.plan_file) if planned.plan_file else None,
        "plan_json": str(planned.plan_json) if planned.plan_json else None,
        "seconds": planned.seconds,
        **({"error": planned.error} if planned.error else {}),
    }
