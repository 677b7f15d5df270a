"""The `studio` command: global options, and commands that are imported when they are called."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

import click

from agent_studio.cli.context import Settings
from agent_studio.cli.failures import report
from agent_studio.estate.errors import ExitCode

# name -> (module, attribute, one line of help): help must not import what it describes.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "apply": ("agent_studio.cli.apply", "apply", "Apply exactly the plans that the gate allowed."),
    "bindings": ("agent_studio.cli.bindings", "bindings", "Build the lean provider bindings."),
    "bootstrap": (
        "agent_studio.cli.bootstrap",
        "bootstrap",
        "Make each account's state buckets and roles.",
    ),
    "doctor": ("agent_studio.cli.doctor", "doctor", "Check this machine and its credentials."),
    "drift": ("agent_studio.cli.drift", "drift", "Find what changed behind Terraform's back."),
    "estate": ("agent_studio.cli.estate", "estate", "Check, show and draw the estate."),
    "gate": ("agent_studio.cli.gate", "gate", "Allow or deny synthesized stacks and plans."),
    "kill": ("agent_studio.cli.kill", "kill", "Stop what runs, confirm it, and undo it."),
    "plan": ("agent_studio.cli.plan", "plan", "Plan the stacks that changed."),
    "policy": ("agent_studio.cli.policy", "policy", "Bundle the rules, and replay decisions."),
    "record": ("agent_studio.cli.record", "record", "Verify gate records."),
    "region": ("agent_studio.cli.region", "region", "Add or remove a region of an account."),
    "rehearse": (
        "agent_studio.cli.rehearse",
        "rehearse",
        "Deploy the whole estate on this machine, with no cloud account.",
    ),
    "synth": ("agent_studio.cli.synth", "synth", "Turn the estate into Terraform stacks."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        """Name every command, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        cmd_name: str,
    ) -> click.Command | None:
        """Import one command, or give None for a name that is not one."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a wrong table is our own bug
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant.

        Click's own suggestion knows only commands that are imported already.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from agent_studio.estate.suggest import nearest

            near = nearest(args[0], COMMANDS) if args else None
            if near is None or args[0].startswith("-"):
                raise
            raise click.UsageError(
                f"No such command {args[0]!r}. Did you mean {near!r}?", ctx
            ) from error

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands with their one line, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="agent-studio", prog_name="studio")
@click.option(
    "--estate",
    "estate_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("regions.yaml"),
    show_default=True,
    envvar="STUDIO_ESTATE",
    help="The estate's file.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="JSON goes to stdout; all else to stderr.",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".studio"),
    show_default=True,
    envvar="STUDIO_STATE_DIR",
    help="Where the steps of the pipeline keep their files.",
)
@click.pass_context
def studio(
    ctx: click.Context, estate_file: Path, format_: Literal["table", "json"], state_dir: Path
) -> None:
    """Declare, gate and deploy an estate of isolated agent runtimes."""
    if "STUDIO_BUNDLE" in os.environ or "STUDIO_POLICIES" in os.environ:
        # Before an estate is loaded: a bundle brings its own region catalogue.
        from agent_studio.policies.bundle import chosen

        chosen.enter(state_dir)
    ctx.obj = Settings(estate_file=estate_file, format=format_, state_dir=state_dir)


def main() -> None:
    """Run `studio`; every failure is one line and an exit code, never a traceback."""
    arguments = sys.argv[1:]
    state_dir = Path(os.environ.get("STUDIO_STATE_DIR") or ".studio")
    try:
        with studio.make_context("studio", list(arguments)) as context:
            studio.invoke(context)
        sys.stdout.flush()
        code = int(ExitCode.DONE)
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        code = report(error, arguments, _state_dir(arguments, state_dir))
    sys.exit(code)


def _state_dir(arguments: Sequence[str], default: Path) -> Path:
    """The state folder as the command line names it, however far its parsing came."""
    for position, argument in enumerate(arguments):
        if argument == "--state-dir" and position + 1 < len(arguments):
            return Path(arguments[position + 1])
        if argument.startswith("--state-dir="):
            return Path(argument.removeprefix("--state-dir="))
    return default
