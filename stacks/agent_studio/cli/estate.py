"""`studio estate`: check, show and draw what `regions.yaml` declares."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.estate.errors import ExitCode, StudioError

if TYPE_CHECKING:
    from agent_studio.estate.model import Estate


@click.group()
def estate() -> None:
    """Check, show and draw the estate."""


@estate.command()
@pass_settings
def check(settings: Settings) -> None:
    """Check the estate file; list every problem at once.

    Ends with exit code 5 if there is one.
    """
    from agent_studio.estate.loader import load_estate
    from agent_studio.estate.problems import EstateInvalid

    try:
        loaded = load_estate(settings.estate_file)
    except EstateInvalid as invalid:
        if settings.format != "json":
            raise
        _print_json({"errors": [problem.as_dict() for problem in invalid.problems]})
        sys.exit(int(ExitCode.INVALID))
    if settings.format == "json":
        _print_json({"errors": []})
        return
    jurisdictions = {cell.jurisdiction for cell in loaded.cells}
    click.echo(
        f"{settings.estate_file}: valid; {_count(len(loaded.cells), 'cell')} in "
        f"{_count(len(jurisdictions), 'jurisdiction')}, {_count(len(loaded.accounts), 'account')}, "
        f"{_count(len(loaded.stacks), 'stack')}"
    )


@estate.command()
@pass_settings
def show(settings: Settings) -> None:
    """Show the estate's cells and stacks."""
    from agent_studio.estate.loader import load_estate

    loaded = load_estate(settings.estate_file)
    if settings.format == "json":
        _print_json(
            {
                "studio": loaded.studio,
                "cells": [
                    {
                        "id": cell.id,
                        "cloud": str(cell.cloud),
                        "region": cell.region.name,
                        "account": cell.account.name,
                        "jurisdiction": cell.jurisdiction,
                        "network": str(cell.network),
                        "runtimes": [runtime.name for runtime in cell.runtimes],
                        "data_classes": [c.name for c in cell.data_classes],
                        "stack": cell.stack,
                    }
                    for cell in loaded.cells
                ],
                "stacks": [{"name": s.name, "layer": str(s.layer)} for s in loaded.stacks],
            }
        )
        return
    _print_tables(loaded)


@estate.command()
def schema() -> None:
    """Print the JSON Schema of the estate file."""
    from agent_studio.estate.schema import schema_text

    click.echo(schema_text(), nl=False)


@estate.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="The SVG file to write; stdout by default.",
)
@pass_settings
def graph(settings: Settings, out: Path | None) -> None:
    """Draw the estate: jurisdictions, cells, and what may flow where."""
    from agent_studio.estate.graph import draw
    from agent_studio.estate.loader import load_estate

    picture = draw(load_estate(settings.estate_file))
    if out is None:
        click.echo(picture, nl=False)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise StudioError(
            "the picture can't be written",
            found=f"{out}: {error.strerror}",
            fix="name another file with --out",
        ) from None
    click.echo(f"drew {out}", err=True)


def _print_tables(loaded: "Estate") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    cells = Table(title=f"Cells of {loaded.studio}", title_justify="left")
    for column in ("cell", "jurisdiction", "network", "runtimes"):
        cells.add_column(column, overflow="fold", no_wrap=column != "runtimes")
    for cell in loaded.cells:
        cells.add_row(
            cell.id,
            cell.jurisdiction,
            str(cell.network),
            ", ".join(runtime.name for runtime in cell.runtimes),
        )
    stacks = Table(title="Stacks, in the order of apply", title_justify="left")
    for column in ("stack", "layer", "cloud", "region"):
        stacks.add_column(column, overflow="fold")
    for stack in loaded.stacks:
        stacks.add_row(stack.name, str(stack.layer), str(stack.cloud), stack.scope.region)
    console.print(cells)
    console.print(stacks)


def _print_json(value: dict[str, object]) -> None:
    click.echo(json.dumps(value, indent=2))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
