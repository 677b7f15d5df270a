"""`studio policy keys`: the public halves of the key in Vault that signs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import emit, note

if TYPE_CHECKING:
    from agent_studio.policies.signing.transit.export import Exported


@click.command()
@click.argument("key", required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder that takes them as *.pub in PEM, e.g. policies/keys; without it none is "
    "written.",
)
@pass_settings
def keys(settings: Settings, key: str | None, out: Path | None) -> None:
    """List the versions of a transit key in Vault, and write their public halves.

    KEY is `vault:` for the core's key as the estate computes it, or
    `vault:<namespace>/<mount>/<key>`. By default it is the key that $STUDIO_SIGNING_KEY names, if
    that is one in Vault, else the core's.

    Who has the public halves verifies records and bundles without Vault. Run it again after each
    rotation. A file that is there is never replaced and never removed.
    """
    from agent_studio.policies import signing
    from agent_studio.policies.signing.transit.export import export
    from agent_studio.policies.signing.transit.reference import SCHEME, is_transit, resolve

    if key is None:
        configured = os.environ.get(signing.SIGNING_KEY, "")
        key = configured if is_transit(configured) else SCHEME
    elif not is_transit(key):
        raise click.BadParameter(f"{key[:50]!r} does not begin with {SCHEME}.", param_hint="KEY")
    found = export(resolve(key, estate_file=settings.estate_file), out)
    _print(settings, found)


def _print(settings: Settings, found: "Exported") -> None:
    versions, reference = found.versions, found.versions.reference
    emit(
        settings,
        {
            "key": reference.spelled,
            "address": reference.address,
            "oldest_version": versions.oldest,
            "versions": [
                {
                    "version": each.number,
                    "key_id": each.key.keyid,
                    "made": each.made,
                    "signs": each is versions.latest,
                    "file": str(found.files[each.number]) if found.files else None,
                }
                for each in versions.all
            ],
        },
        title=str(reference),
        columns=("version", "key id", "made", "signs", "file"),
        rows=[
            (
                each.number,
                each.key.keyid,
                each.made,
                "yes" if each is versions.latest else "",
                found.files.get(each.number, ""),
            )
            for each in versions.all
        ],
    )
    if versions.oldest > 1:
        note(
            f"versions below {versions.oldest} are archived in Vault; their files stay as they are"
        )
