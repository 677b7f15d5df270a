"""`studio region`: add a region to an account, or remove one, in `regions.yaml` itself."""

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import print_json

if TYPE_CHECKING:
    from agent_studio.estate.edit import Change
    from agent_studio.estate.model import Estate


@click.group()
def region() -> None:
    """Add or remove a region of an account.

    Edits the estate file in place and keeps its comments and layout. Nothing is written unless the
    result is valid.
    """


@region.command()
@click.argument("region", metavar="REGION")
@click.argument("account", metavar="ACCOUNT")
@click.option(
    "--network",
    default="auto",
    show_default=True,
    help="The cell's address range; `auto` picks the next free one of the usual size.",
)
@click.option(
    "--runtime", "runtimes", multiple=True, help="A runtime for the cell; may stand repeatedly."
)
@pass_settings
def add(
    settings: Settings, region: str, account: str, network: str, runtimes: tuple[str, ...]
) -> None:
    """Add a cell: ACCOUNT in REGION (`aws/eu-central-1`, or `eu-central-1`).

    Where the cell would come before the account's others, the account's `home` is written down, so
    that its guardrails stay where they are.
    """
    from agent_studio.estate.edit import add_cell, next_network
    from agent_studio.estate.edit.file import write_text
    from agent_studio.estate.loader import load_text
    from agent_studio.estate.source import read_text

    file = settings.estate_file
    text = read_text(file)
    before = load_text(file, text)
    key = _key(before, region, account)
    chosen = (
        next_network((c.network for c in before.cells), [before.spec.core.network])
        if network == "auto"
        else _network(network)
    )
    change = add_cell(
        str(file), text, region=key, account=account, network=chosen, runtimes=runtimes
    )
    write_text(file, change.text)
    _report(settings, before, change, f"added {account} in {key} with {chosen}")


@region.command()
@click.argument("region", metavar="REGION")
@click.argument("account", metavar="ACCOUNT")
@pass_settings
def remove(settings: Settings, region: str, account: str) -> None:
    """Remove the cell of ACCOUNT in REGION from the file; nothing in the cloud is touched."""
    from agent_studio.estate.edit import remove_cell
    from agent_studio.estate.edit.file import write_text
    from agent_studio.estate.loader import load_text
    from agent_studio.estate.problems import EstateInvalid
    from agent_studio.estate.source import read_text

    file = settings.estate_file
    text = read_text(file)
    before: Estate | None
    try:
        before = load_text(file, text)
    except EstateInvalid:
        before = None  # removing the cell may be what mends the file
    key = _key(before, region, account)
    change = remove_cell(str(file), text, region=key, account=account)
    write_text(file, change.text)
    _report(settings, before, change, f"removed {account} in {key}")


def _key(estate: "Estate | None", region: str, account: str) -> str:
    if "/" in region or estate is None or account not in estate.spec.accounts:
        return region
    return f"{estate.spec.accounts[account].cloud}/{region}"


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--network") from None


def _report(settings: Settings, before: "Estate | None", change: "Change", done: str) -> None:
    old = {s.name for s in before.stacks} if before else set()
    new = {s.name for s in change.estate.stacks}
    added = [s.name for s in change.estate.stacks if s.name not in old] if before else []
    gone = [s.name for s in before.stacks if s.name not in new] if before else []
    if settings.format == "json":
        print_json(
            {
                "estate": str(settings.estate_file),
                "stacks": {"added": added, "removed": gone},
                "home": change.home,
            }
        )
    line = f"{settings.estate_file}: {done}"
    if change.home:
        line += f"; its account's guardrails stay in their home, {change.home}"
    if added:
        line += f"; new: {', '.join(added)}; next: studio plan"
    if gone:
        line += f"; no longer declared: {', '.join(gone)} (resources stay until destroyed)"
    click.echo(line, err=settings.format == "json")
