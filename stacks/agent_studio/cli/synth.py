"""`studio synth`: turn the estate into Terraform stacks."""

import json
from pathlib import Path

import click

from agent_studio.cli.context import Settings, pass_settings

_SHOWN_DIGEST = 12


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Write here instead of the state folder.",
)
@click.option("--stack", "pattern", metavar="GLOB", default=None, help="Only stacks of this name.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=None, help="Processes at a time; one a CPU."
)
@pass_settings
def synth(settings: Settings, out: Path | None, pattern: str | None, jobs: int | None) -> None:
    """Turn the estate into Terraform stacks, one `cdk.tf.json` each."""
    from agent_studio.delivery.synth import synthesize

    stacks = synthesize(
        settings.estate_file, settings.state_dir, stacks=pattern, out=out, jobs=jobs
    )
    if settings.format == "json":
        listed = [
            {
                "name": each.name,
                "layer": each.layer.value,
                "path": str(each.path.parent),
                "digest": each.digest,
                "resources": each.resources,
            }
            for each in stacks
        ]
        click.echo(json.dumps({"stacks": listed}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Stacks, in the order of apply", title_justify="left")
    for column in ("stack", "layer", "digest"):
        table.add_column(column, no_wrap=True)
    table.add_column("resources", justify="right")
    for each in stacks:
        table.add_row(each.name, each.layer.value, each.digest[:_SHOWN_DIGEST], str(each.resources))
    Console().print(table)
