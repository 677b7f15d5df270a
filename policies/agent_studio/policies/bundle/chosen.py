"""Puts an older bundle in force: a rollback, or a replay.

`$STUDIO_BUNDLE` names an archive and `$STUDIO_BUNDLE_DIGEST` its digest; `enter` verifies it,
unpacks it below the state folder and names that folder in `$STUDIO_POLICIES`. Whoever reads a rule
finds it there. The folder is held to the digest by every process, so that nothing can be changed
in it, or added to it, unnoticed.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from agent_studio.estate.catalogue import data
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies.bundle.archive import Archive
from agent_studio.policies.bundle.content import CATALOGUE, EXCEPTIONS, everything
from agent_studio.policies.documents import Unreadable

BUNDLE = "STUDIO_BUNDLE"
DIGEST = "STUDIO_BUNDLE_DIGEST"
POLICIES = "STUDIO_POLICIES"
_EXCEPTIONS = "STUDIO_EXCEPTIONS"


@dataclass(frozen=True)
class Chosen:
    """A bundle that was put in force.

    Attributes:
        folder: where it was unpacked.
        archive: its files.
        digest: hexadecimal SHA-256 of the archive.
    """

    folder: Path
    archive: Archive
    digest: str


def active() -> Chosen | None:
    """The bundle that was put in force for this process; None when the kit's own rules hold.

    Raises:
        StudioError: the folder is not what its digest says; `exit_code` is DENIED.
    """
    folder = os.environ.get(POLICIES)
    if folder is None:
        return None
    return _active(folder, os.environ.get(DIGEST) or "")


@lru_cache(maxsize=4)
def _active(folder: str, digest: str) -> Chosen:
    root = Path(folder).resolve()
    try:
        archive = Archive(everything(root))
        found = archive.digest
    except Unreadable as error:
        raise _refused(str(error), digest) from None
    if found != digest:
        raise _refused(f"a folder with the digest {found}", digest)
    data.read_from(root / CATALOGUE)
    if EXCEPTIONS in archive.files:
        # Its own exceptions and no others: the digest that records name is about them too.
        os.environ[_EXCEPTIONS] = str(root / EXCEPTIONS)
    return Chosen(folder=root, archive=archive, digest=digest)


def enter(state_dir: Path) -> None:
    """Put the bundle in force that `$STUDIO_BUNDLE` names, if it names one.

    To be called before an estate is loaded: the region catalogue is the bundle's from then on.

    Args:
        state_dir: the state folder, below which the bundle is unpacked.

    Raises:
        StudioError: it is not the bundle that `$STUDIO_BUNDLE_DIGEST` names; `exit_code` is DENIED.
    """
    named = os.environ.get(BUNDLE)
    if named is not None:
        from agent_studio.policies.bundle.release import load

        digest = os.environ.get(DIGEST) or ""
        archive = load(Path(named), digest)
        if EXCEPTIONS not in archive.files:
            raise StudioError(
                "the bundle can't be put in force",
                found=f"no {EXCEPTIONS} in {Path(named).name}",
                fix="name a bundle that `studio policy bundle` wrote",
                exit_code=ExitCode.DENIED,
            )
        folder = _unpacked(archive, digest, state_dir)
        os.environ.update(environment(folder, digest, archive))
    active()


def environment(folder: Path, digest: str, archive: Archive) -> Mapping[str, str]:
    """The variables that put an unpacked bundle in force for a process.

    Args:
        folder: where it was unpacked.
        digest: its digest.
        archive: its files.
    """
    variables = {POLICIES: str(folder.resolve()), DIGEST: digest, "PYTHONDONTWRITEBYTECODE": "1"}
    if EXCEPTIONS in archive.files:
        variables[_EXCEPTIONS] = str(folder.resolve() / EXCEPTIONS)
    return variables


def _unpacked(archive: Archive, digest: str, state_dir: Path) -> Path:
    folder = state_dir / "bundles" / digest
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
        try:
            archive.unpack(made)
            # Of several that unpack it at the same time one wins; `active` verifies what it made.
            if not folder.is_dir():
                made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise StudioError("the bundle can't be unpacked", found=f"{folder}: {error}") from None
    return folder


def _refused(found: str, digest: str) -> StudioError:
    return StudioError(
        f"${POLICIES} does not hold the bundle that ${DIGEST} names",
        found=found,
        allowed=digest or f"a digest in ${DIGEST}",
        fix=f"unset ${POLICIES}, and name an archive in ${BUNDLE}",
        exit_code=ExitCode.DENIED,
    )
