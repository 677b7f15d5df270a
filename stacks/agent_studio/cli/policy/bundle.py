"""`studio policy bundle`: the rules in force as a signed archive."""

from pathlib import Path

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import emit


@click.command()
@click.option(
    "--version", metavar="X.Y.Z", help="The bundle's version; by default that of bundle.yaml."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the archive goes; by default bundles/VERSION.tar in the state folder.",
)
@pass_settings
def bundle(settings: Settings, version: str | None, out: Path | None) -> None:
    """Write everything that decides as one archive with a signed manifest.

    The digest is the SHA-256 of the archive; gate records name it. Equal rules give an equal
    archive, whoever makes it. The manifest, beside the archive, names version, digest and files.
    """
    from agent_studio.policies import signing
    from agent_studio.policies.bundle import present
    from agent_studio.policies.bundle.present import checked_version
    from agent_studio.policies.bundle.release import manifest_file, release

    current = present(settings.estate_file)
    version = checked_version(version or current.version or "")
    path = out or settings.state_dir / "bundles" / f"{version}.tar"
    signer = signing.signer(settings.state_dir, estate_file=settings.estate_file)
    made = release(current.archive, version=version, path=path, signer=signer)
    emit(
        settings,
        {
            "version": made.version,
            "digest": made.digest,
            "archive": str(path),
            "manifest": str(manifest_file(path)),
            "key_id": made.key_id,
            "files": [{"name": name, "sha256": digest} for name, digest in made.files.items()],
        },
        title=f"Bundle {made.version}",
        columns=("what", "value"),
        rows=[
            ("digest", made.digest),
            ("files", len(made.files)),
            ("archive", path),
            ("manifest", manifest_file(path)),
            ("signed by key", made.key_id),
        ],
    )
