"""`studio bootstrap`."""

from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json

if TYPE_CHECKING:
    from agent_studio.delivery.bootstrap import Change

_ACCOUNT = {"aws": "AWS account", "gcp": "project", "azure": "subscription"}
"""What each cloud calls an account."""


@click.command()
@click.option("--account", "wanted", multiple=True, help="Only accounts with such a name.")
@click.option(
    "--via-role",
    metavar="NAME",
    help="Assume this role of each account first, e.g. OrganizationAccountAccessRole.",
)
@click.option(
    "--commands",
    type=click.Choice(["gcp", "azure", "vault"]),
    help="Print the commands that make this cloud's accounts, or Vault's clusters, ready, and "
    "make nothing.",
)
@click.option(
    "--jurisdiction",
    "jurisdictions",
    multiple=True,
    help="Only the Vault clusters of such jurisdictions.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@pass_settings
def bootstrap(
    settings: Settings,
    wanted: tuple[str, ...],
    via_role: str | None,
    commands: str | None,
    jurisdictions: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Make each AWS account's state buckets and the roles that Terraform assumes.

    Runs under your own credentials; running it again mends what differs and changes nothing else.
    For Google Cloud, `--commands gcp` prints what to run: `gcloud` commands, each of which may be
    run again. For Azure, `--commands azure` prints such commands of `az`. For the Vault cluster of
    each jurisdiction, `--commands vault` prints such commands of `vault`.
    """
    from agent_studio.delivery.bootstrap import azure, bootstrap_account, google, places, vault
    from agent_studio.estate import Cloud
    from agent_studio.estate.errors import ExitCode, StudioError
    from agent_studio.estate.loader import load_estate

    estate = load_estate(settings.estate_file)
    of_vault = commands == "vault"
    for option, given, meant in (
        ("--account", wanted, not of_vault),
        ("--jurisdiction", jurisdictions, of_vault),
    ):
        if given and not meant:
            raise StudioError(
                f"{option} means nothing here",
                found=", ".join(given),
                allowed="--jurisdiction with --commands vault, else --account",
                exit_code=ExitCode.USAGE,
            )
    if of_vault:
        clusters = estate.spec.vault.clusters
        unknown = sorted(set(jurisdictions) - set(clusters))
        if unknown:
            raise StudioError(
                "no Vault cluster of such a jurisdiction in the estate",
                found=", ".join(unknown),
                allowed=", ".join(clusters),
                exit_code=ExitCode.USAGE,
            )
        for line in vault.commands(estate, jurisdictions):
            click.echo(line)
        return
    cloud = Cloud(commands) if commands else Cloud.AWS
    names = [account.name for account in estate.accounts if account.cloud is cloud]
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        raise StudioError(
            f"no such {_ACCOUNT[cloud.value]} in the estate",
            found=", ".join(unknown),
            allowed=", ".join(names) or "none",
            exit_code=ExitCode.USAGE,
        )
    printed = {Cloud.GCP: google.commands, Cloud.AZURE: azure.commands}
    if cloud in printed:
        for line in printed[cloud](estate, wanted):
            click.echo(line)
        return
    for other in printed:
        others = [account.name for account in estate.accounts if account.cloud is other]
        if others and not wanted:
            note(f"{', '.join(others)}: not on AWS; run: studio bootstrap --commands {other}")
    changes: list[Change] = []
    errors: list[StudioError] = []

    def tell(change: "Change") -> None:
        changes.append(change)
        note(f"{change.account}: {'would make ' if dry_run else ''}{change.what}")

    for place in places(estate):
        if wanted and place.name not in wanted:
            continue
        try:
            count = bootstrap_account(place, via_role=via_role, dry_run=dry_run, tell=tell)
        except StudioError as error:
            errors.append(error)
            note(f"{place.name}: {error.line}")
            continue
        if not count:
            note(f"{place.name}: everything stands")
    if settings.format == "json":
        print_json(
            {
                "dry_run": dry_run,
                "changes": [{"account": one.account, "what": one.what} for one in changes],
                "errors": [error.line for error in errors],
            }
        )
    if errors:
        raise StudioError(f"{len(errors)} accounts could not be bootstrapped")
