"""`studio policy replay`: recorded plans, decided again under another bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from agent_studio.policies.bundle.replay import Change


@click.command()
@click.argument("archive", metavar="BUNDLE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--digest", help="The bundle's digest, instead of its signed manifest.")
@click.option(
    "--key",
    "keys",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A trusted public key in PEM, or a folder of *.pub; no other key counts then.",
)
@pass_settings
def replay(settings: Settings, archive: Path, digest: str | None, keys: tuple[Path, ...]) -> None:
    """Decide recorded plans again under BUNDLE, and list each decision that would change.

    The plans are those of the state folder that have a gate record. Nothing is written. Exceptions
    are the bundle's own, as they hold today.
    """
    from agent_studio.policies import signing
    from agent_studio.policies.bundle.release import load, load_signed
    from agent_studio.policies.bundle.replay import replay as decide_again
    from agent_studio.policies.record import Terms

    trust = (
        signing.trust(keys, origin="--key")
        if keys
        else signing.trusted(settings.state_dir, estate_file=settings.estate_file)
    )
    other = load(archive, digest) if digest is not None else load_signed(archive, trust)[0]
    known = settings.estate_file.is_file()
    found = decide_again(
        settings.state_dir,
        other,
        estate_file=settings.estate_file if known else None,
        terms=Terms(trust=trust, any_age=True, any_bundle=True, any_verdict=True),
    )
    if settings.format == "json":
        print_json(
            {
                "bundle": other.digest,
                "replayed": list(found.replayed),
                "changes": [_document(change) for change in found.changes],
                "left_out": [
                    {"stack": stack, "reason": why} for stack, why in found.left_out.items()
                ],
            }
        )
        return
    if found.changes:
        print_table(
            f"Under bundle {other.digest[:12]}",
            ("stack", "recorded", "would be", "objections that come", "objections that go"),
            [
                (one.stack, one.before, one.after, _listed(one.added), _listed(one.gone))
                for one in found.changes
            ],
        )
    for stack, why in found.left_out.items():
        note(f"left out: {stack}: {why}")
    plans, decisions = len(found.replayed), len(found.changes)
    click.echo(
        f"{plans} {'plan' if plans == 1 else 'plans'} replayed, "
        f"{decisions} {'decision' if decisions == 1 else 'decisions'} would change"
    )


def _document(change: "Change") -> dict[str, object]:
    return {
        "stack": change.stack,
        "before": change.before,
        "after": change.after,
        "added": list(change.added),
        "gone": list(change.gone),
    }


def _listed(findings: tuple[Mapping[str, Any], ...]) -> str:
    return "\n".join(f"{one['control']} {one.get('address', '')}".strip() for one in findings)
