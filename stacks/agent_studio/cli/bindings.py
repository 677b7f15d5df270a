"""`studio bindings`: build, list and check the lean provider bindings."""

import json

import click

from agent_studio.bindings import build as builder
from agent_studio.cli.context import Settings, pass_settings


@click.group()
def bindings() -> None:
    """Build the lean provider bindings."""


@bindings.command()
@click.option("--check", "only_check", is_flag=True, help="Build nothing; fail if out of date.")
@pass_settings
def build(settings: Settings, only_check: bool) -> None:
    """Build and install the bindings that are not up to date."""
    if only_check:
        targets = builder.survey()
        builder.check(targets)
    else:
        targets = builder.build(report=lambda line: click.echo(line, err=True))
    _show(settings, targets, built=not only_check)


@bindings.command()
@pass_settings
def check(settings: Settings) -> None:
    """Fail if the installed bindings are not those that the code needs."""
    targets = builder.survey()
    builder.check(targets)
    _show(settings, targets, built=False)


@bindings.command(name="list")
@pass_settings
def list_(settings: Settings) -> None:
    """List the provider modules that the code uses."""
    targets = builder.survey()
    if settings.format == "json":
        _show(settings, targets, built=False)
        return
    for target in targets:
        click.echo(f"{target.pin.module} {target.pin.version}")
        for name in target.names:
            click.echo(f"  {name}")


def _show(settings: Settings, targets: tuple[builder.Target, ...], *, built: bool) -> None:
    """Print the targets as JSON, or one line for each on a terminal."""
    rows = [
        {
            "package": target.pin.module,
            "version": target.pin.version,
            "modules": list(target.names),
            "current": target.current or built,
            "built": built and not target.current,
        }
        for target in targets
    ]
    if settings.format == "json":
        click.echo(json.dumps({"packages": rows}, indent=2))
        return
    for target, row in zip(targets, rows, strict=True):
        state = "built" if row["built"] else "up to date" if row["current"] else "out of date"
        click.echo(
            f"{target.pin.module} {target.pin.version}: {len(target.names)} modules, {state}"
        )
