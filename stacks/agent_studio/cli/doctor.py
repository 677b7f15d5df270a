"""`studio doctor`: is this machine fit, and who is it signed in as?"""

import sys

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import emit
from agent_studio.estate.errors import ExitCode

_SECONDS = 15


@click.command()
@pass_settings
def doctor(settings: Settings) -> None:
    """Check this machine and its credentials.

    Looks at Python, Node, Terraform, the lean bindings, the provider mirror and git; at the
    credentials of each cloud that the estate uses; and at its Vault clusters. Nothing is changed.

    Ends with exit code 1 when something is missing that every deployment needs. Credentials and
    Vault clusters are reported, but not needed to check, synthesize and rehearse an estate.
    """
    from agent_studio.cli.checkup import machine, remote
    from agent_studio.cli.checkup.model import Result, take_all
    from agent_studio.estate.errors import StudioError
    from agent_studio.estate.loader import load_estate

    looks = list(machine.looks())
    try:
        looks += remote.looks(load_estate(settings.estate_file))
        estate = Result(name="estate", status="ok", required=False, found=str(settings.estate_file))
    except StudioError as error:
        estate = Result(
            name="estate",
            status="missing",
            required=False,
            found=error.lines[0].removeprefix("error: "),
            fix="run `studio estate check`; clouds and Vault clusters were not looked at",
        )
    results = [*take_all(looks, seconds=_SECONDS), estate]
    fit = not any(result.blocks for result in results)
    emit(
        settings,
        {"fit": fit, "checks": [result.as_json() for result in results]},
        title="This machine",
        columns=("check", "status", "needed", "found", "fix"),
        rows=[(r.name, r.status, "yes" if r.required else "no", r.found, r.fix) for r in results],
    )
    if not fit:
        sys.exit(int(ExitCode.ERROR))
