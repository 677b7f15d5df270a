"""The bundle in force: what decides in this process."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from agent_studio.estate.errors import StudioError
from agent_studio.policies.bundle import chosen
from agent_studio.policies.bundle.archive import Archive
from agent_studio.policies.bundle.content import collect
from agent_studio.policies.documents import Unreadable, policy_file, policy_root, read_yaml

_VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")


@dataclass(frozen=True)
class Present:
    """The bundle in force.

    Attributes:
        archive: its files.
        digest: hexadecimal SHA-256 of the archive.
        version: its version by `policies/bundle.yaml`; None for one that was put in force.
    """

    archive: Archive
    digest: str
    version: str | None


def present(estate_file: Path | None = None) -> Present:
    """The bundle in force, read once a process.

    Args:
        estate_file: the estate's file, beside which its exceptions may lie.

    Raises:
        StudioError: a rule can't be read.
    """
    put = chosen.active()
    if put is not None:
        return Present(archive=put.archive, digest=put.digest, version=None)
    # Imported late: it reads estates, and most of the gate's imports need none.
    from agent_studio.policies.exceptions import exceptions_file

    return _present(policy_root(), exceptions_file(estate_file).resolve())


def present_digest(estate_file: Path | None = None) -> str:
    """The digest of the bundle in force, which gate records name."""
    return present(estate_file).digest


@lru_cache(maxsize=16)
def _present(root: Path, exceptions: Path) -> Present:
    try:
        archive = Archive(collect(root, exceptions))
        digest = archive.digest
    except Unreadable as error:
        raise StudioError(
            "the gate's rules can't be bundled",
            found=str(error),
            fix="correct the policies folder; the gate does not judge without its rules",
        ) from None
    return Present(
        archive=archive,
        digest=digest,
        version=checked_version(str(read_yaml(policy_file("bundle.yaml")).get("version"))),
    )


def checked_version(text: str) -> str:
    """A semantic version of three numbers.

    Raises:
        StudioError: it is none.
    """
    if not _VERSION.fullmatch(text):
        raise StudioError("a bundle's version is not one", found=text[:50], allowed="1.2.3")
    return text
