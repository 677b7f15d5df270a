"""`studio rehearse`."""

from pathlib import Path

import click

from agent_studio.cli.context import Settings, pass_settings


@click.command()
@click.option("--stack", "patterns", multiple=True, help="Only stacks with such a name (glob).")
@click.option(
    "--cloud",
    "clouds",
    multiple=True,
    type=click.Choice(["aws", "gcp", "azure"]),
    help="Only stacks on this cloud.",
)
@click.option(
    "--step",
    "last",
    type=click.Choice(
        ["bootstrap", "synth", "plan", "gate", "apply", "second plan", "drift", "destroy"]
    ),
    default="destroy",
    show_default=True,
    help="Stop after this step.",
)
@click.option("--keep", is_flag=True, help="Do not destroy; keep the emulator up until Ctrl-C.")
@click.option(
    "--serve", is_flag=True, help="Synthesize, then keep the emulator up for commands by hand."
)
@click.option(
    "--demo",
    is_flag=True,
    help="Also change things behind Terraform's back, find them, and add a region.",
)
@pass_settings
def rehearse(
    settings: Settings,
    patterns: tuple[str, ...],
    clouds: tuple[str, ...],
    last: str,
    keep: bool,
    serve: bool,
    demo: bool,
) -> None:
    """Deploy the whole estate on this machine, with no cloud account.

    Runs bootstrap, synth, plan, gate, apply, a second plan that must be empty, drift that must be
    none, and destroy. Stacks on AWS are applied by the real AWS provider to an emulator; those on
    Google Cloud and Azure to twins of their providers. Files lie under `rehearsal/` in the state
    folder; a report is `report.html` there.
    """
    from agent_studio.estate import Cloud
    from agent_studio.rehearsal.session import Wish, rehearse_estate

    if demo and (patterns or clouds or last != "destroy" or keep or serve):
        raise click.UsageError("--demo chooses its own steps and stacks; give it alone")
    wish = Wish(
        patterns=patterns,
        clouds=tuple(Cloud(each) for each in clouds),
        last="synth" if serve else last,
        keep=keep or serve,
        demo=demo,
    )
    rehearse_estate(
        estate=settings.estate_file,
        folder=Path(settings.state_dir) / "rehearsal",
        wish=wish,
        as_json=settings.format == "json",
    )
