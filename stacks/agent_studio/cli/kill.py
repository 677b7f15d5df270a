"""`studio kill`."""

from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from agent_studio.delivery.kill.board import Outcome
    from agent_studio.delivery.kill.command import Report
    from agent_studio.delivery.kill.scope import Aim

_SECONDS, _LEAST, _MOST = 900.0, 1.0, 3000.0
"""As in `agent_studio.delivery.kill.command`, which is not imported for a page of help."""


@click.command()
@click.option("--runtime", metavar="NAME", help="This runtime, in every cell that has it.")
@click.option("--cell", metavar="ID", help="This cell, with all that runs in it.")
@click.option("--account", metavar="NAME", help="All cells of this account.")
@click.option("--all", "everything", is_flag=True, help="All cells of the estate.")
@click.option("--undo", "undoing", is_flag=True, help="Let work again what was killed.")
@click.option("--approver", metavar="NAME", help="Who approved the undo.")
@click.option("--reason", metavar="TEXT", help="Why; an undo needs one.")
@click.option(
    "--deadline",
    type=click.FloatRange(_LEAST, _MOST),
    default=_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until all is confirmed.",
)
@click.option(
    "--via-role",
    metavar="NAME",
    help="On AWS, assume this role of each account first.",
)
@pass_settings
def kill(
    settings: Settings,
    runtime: str | None,
    cell: str | None,
    account: str | None,
    everything: bool,
    undoing: bool,
    approver: str | None,
    reason: str | None,
    deadline: float,
    via_role: str | None,
) -> None:
    """Stop what runs in a part of the estate, and see that it has stopped.

    In each cell at once: nobody can log in to Vault any more, logins and leases are revoked, the
    mailbox says that all is denied, and services have no instance. Every step is read back.
    Ends with 0 when each was confirmed, else with 1 and a line for each that was not.

    Tokens for Vault come from VAULT_TOKEN_<JURISDICTION>, or from VAULT_TOKEN where the cells
    share one cluster. Who killed and undid what is kept in `<state dir>/kill/journal.jsonl`.
    """
    aim = _aim(runtime=runtime, cell=cell, account=account, everything=everything)
    if undoing and not (approver and reason):
        raise click.UsageError("--undo needs --approver and --reason.")
    if approver and not undoing:
        raise click.UsageError("--approver belongs to --undo.")
    from agent_studio.delivery.kill import command
    from agent_studio.estate.errors import ExitCode
    from agent_studio.estate.loader import load_estate

    def tell(where: str, outcome: "Outcome") -> None:
        word = "confirmed" if outcome.confirmed else "NOT confirmed"
        note(f"{where}: {outcome.name}: {word} ({outcome.seconds:.1f} s)")

    means = command.means(
        load_estate(settings.estate_file),
        settings.state_dir,
        via_role=via_role,
        seconds=deadline,
        tell=tell,
    )
    if undoing:
        report = command.undo(
            means,
            aim,
            approver=approver or "",
            reason=reason or "",
            estate_file=settings.estate_file,
        )
    else:
        report = command.kill(means, aim, reason=reason)
    if settings.format == "json":
        print_json(report.as_json())
    else:
        _show(report)
    for line in report.errors:
        note(line)
    if not report.confirmed:
        raise SystemExit(int(ExitCode.ERROR))


def _aim(*, runtime: str | None, cell: str | None, account: str | None, everything: bool) -> "Aim":
    from agent_studio.delivery.kill.scope import Aim

    aims = [
        *([Aim(kind="runtime", name=runtime)] if runtime is not None else []),
        *([Aim(kind="cell", name=cell)] if cell is not None else []),
        *([Aim(kind="account", name=account)] if account is not None else []),
        *([Aim(kind="all")] if everything else []),
    ]
    if len(aims) != 1:
        raise click.UsageError("Name exactly one of --runtime, --cell, --account and --all.")
    return aims[0]


def _show(report: "Report") -> None:
    rows = [
        (
            each.id,
            one.name,
            "yes" if one.confirmed else "NO",
            f"{one.seconds:.1f}",
            one.fault.cause if one.fault else "",
        )
        for each in report.cells
        for one in each.outcomes
    ]
    title = f"{'Undo of a kill' if report.action == 'undo' else 'Kill'}: {report.aim}"
    print_table(title, ("cell", "step", "confirmed", "seconds", "why not"), rows)
