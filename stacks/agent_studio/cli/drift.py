"""`studio drift`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from agent_studio.delivery.drift import StackDrift
    from agent_studio.estate import Estate

_PATHS = 4
"""Attributes of one resource that the table names."""
_ROWS = 100
"""Resources that the table names."""


@click.command()
@click.option("--stack", "patterns", multiple=True, help="Look at stacks with such a name (glob).")
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="STUDIO_OVERLAY",
    help="A folder of *_override.tf.json to lay beside the stacks.",
)
@click.option(
    "--vault/--no-vault",
    default=None,
    help="Insist on asking every Vault cluster what nobody declared, or ask none. By default those "
    "are asked for which VAULT_TOKEN_<JURISDICTION> is set.",
)
@pass_settings
def drift(
    settings: Settings, patterns: tuple[str, ...], overlay: Path | None, vault: bool | None
) -> None:
    """Find what changed behind Terraform's back; ends with 4 when something did.

    In Vault it also finds what no stack knows: logins, roles, policies, keys, root tokens.
    """
    from agent_studio.delivery.drift import detect_all
    from agent_studio.delivery.drift.detection import as_row, joined
    from agent_studio.delivery.pipeline import pool
    from agent_studio.delivery.synthesized import matching, read_stacks
    from agent_studio.delivery.toolchain import open_toolchain
    from agent_studio.estate.errors import ExitCode, StudioError
    from agent_studio.estate.loader import load_estate

    if vault is None and not any(each.startswith("VAULT_TOKEN_") for each in os.environ):
        note("no Vault cluster is asked what nobody declared: set VAULT_TOKEN_<JURISDICTION>")
        vault = False
    # What is wrong with the estate's file shows before the stacks are looked at.
    estate = None if vault is False else load_estate(settings.estate_file)
    tools = open_toolchain(settings.state_dir, overlay=overlay)
    stacks = matching(read_stacks(tools.layout), patterns)

    def progress(found: "StackDrift") -> None:
        note(found.error or f"{found.stack}: {_words(found)}")

    with pool() as executor:
        results = detect_all(tools, stacks, executor, progress=progress)
    if estate is not None:
        results = joined(results, _undeclared(estate, patterns, insist=bool(vault)))
    if settings.format == "json":
        print_json({"stacks": [as_row(found) for found in results]})
    else:
        _show(results)
    failed = [found.stack for found in results if found.status == "failed"]
    if failed:
        raise StudioError(
            f"{len(failed)} of {len(results)} stacks could not be looked at",
            found=", ".join(failed[:10]),
        )
    if any(found.drift for found in results):
        raise SystemExit(int(ExitCode.DRIFT))


def _undeclared(
    estate: "Estate", patterns: tuple[str, ...], *, insist: bool
) -> "tuple[StackDrift, ...]":
    from agent_studio.delivery.drift.vault import look

    found = look(
        estate,
        patterns,
        environment=os.environ,
        insist=insist,
        tell=note,
    )
    for each in found:
        note(each.error or f"{each.stack}: {len(each.drift)} in Vault that nobody declared")
    return found


def _words(found: "StackDrift") -> str:
    count = len(found.drift)
    if not count:
        return f"no drift ({found.seconds:.1f} s)"
    return f"{count} resource{'s' if count > 1 else ''} drifted ({found.seconds:.1f} s)"


def _show(results: "tuple[StackDrift, ...]") -> None:
    rows = [(found.stack, one) for found in results for one in found.drift]
    if not rows:
        return
    cells = []
    for stack, one in rows[:_ROWS]:
        more = f" and {len(one.paths) - _PATHS} more" if len(one.paths) > _PATHS else ""
        attributes = ", ".join(one.paths[:_PATHS]) + more
        cells.append((one.severity.value, stack, one.address, one.kind, attributes))
    print_table("Drift", ("severity", "stack", "resource", "what", "attributes"), cells)
    if len(rows) > _ROWS:
        note(f"and {len(rows) - _ROWS} more resources")
