"""`studio apply`."""

from pathlib import Path

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json


@click.command()
@click.option("--stack", "patterns", multiple=True, help="Apply stacks with such a name (glob).")
@click.option(
    "--absent",
    multiple=True,
    metavar="ADDRESS",
    help="A resource that an interrupted apply began to create and that does not exist.",
)
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="STUDIO_OVERLAY",
    help="A folder of *_override.tf.json to lay beside the stacks.",
)
@click.option(
    "--verify", is_flag=True, help="Fail a stack whose plan is not empty right after its apply."
)
@click.option(
    "--at-once",
    is_flag=True,
    help="Work on all layers at the same time. Only where nothing enforces their order.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Stacks to work on at once; two a core by default."
)
@click.option(
    "--parallelism",
    type=click.IntRange(1, 256),
    help="Resources of one stack to work on at once; the engine's own default is 10.",
)
@pass_settings
def apply(
    settings: Settings,
    patterns: tuple[str, ...],
    absent: tuple[str, ...],
    overlay: Path | None,
    verify: bool,
    at_once: bool,
    jobs: int | None,
    parallelism: int | None,
) -> None:
    """Apply exactly the plans that the gate allowed: core, then guardrails, then cells.

    An apply that was cut short is settled first: engines that still work are waited for, what
    they could not record is adopted, and the new plan passes the gate.
    """
    from agent_studio.delivery.applying import Applied, Options
    from agent_studio.delivery.pipeline import apply_all, pool
    from agent_studio.delivery.synthesized import matching, read_stacks
    from agent_studio.delivery.toolchain import open_toolchain
    from agent_studio.estate.errors import ExitCode, StudioError
    from agent_studio.estate.loader import load_estate

    tools = open_toolchain(settings.state_dir, overlay=overlay, estate_file=settings.estate_file)
    stacks = matching(read_stacks(tools.layout), patterns)
    estate = load_estate(settings.estate_file)

    def progress(one: Applied) -> None:
        note(f"{one.stack}: {one.status} ({one.seconds:.1f} s)" if one.succeeded else _why(one))

    def _why(one: Applied) -> str:
        return f"{one.stack}: {one.status}: {one.message}"

    with pool(waiting=True, jobs=jobs) as executor:
        results = apply_all(
            tools,
            stacks,
            executor,
            accounts={ref.name: ref.scope.account_id for ref in estate.stacks},
            options=Options(
                estate=estate,
                absent=frozenset(absent),
                tell=note,
                verify=verify,
                at_once=at_once,
                parallelism=parallelism,
            ),
            progress=progress,
        )
    if settings.format == "json":
        rows = [
            {
                "name": one.stack,
                "status": one.status,
                "seconds": one.seconds,
                "record": str(one.record) if one.record else None,
                **({"second_plan": one.second_plan} if one.second_plan else {}),
                **({"message": one.message} if one.message else {}),
            }
            for one in results
        ]
        print_json({"stacks": rows})
    elif not results:
        note("nothing to apply")
    failed = [one for one in results if not one.succeeded]
    if failed:
        denied = all(one.status in ("denied", "skipped") for one in failed)
        raise StudioError(
            f"{len(failed)} of {len(results)} stacks were not applied",
            found=", ".join(one.stack for one in failed[:10]),
            exit_code=ExitCode.DENIED if denied else ExitCode.ERROR,
        )
