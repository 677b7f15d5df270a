"""Writes the public halves of a transit key, for whoever verifies without Vault."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import Unreadable, read_bytes
from agent_studio.policies.files import write_private
from agent_studio.policies.signing.transit.connection import connected
from agent_studio.policies.signing.transit.reference import Reference
from agent_studio.policies.signing.transit.versions import Version, Versions, read

_LARGEST = 64 * 1024
_READABLE = 0o644


@dataclass(frozen=True, kw_only=True)
class Exported:
    """The public halves of a key, and where they were written.

    Attributes:
        versions: the key's versions.
        files: version -> its file; empty where nothing was to be written.
    """

    versions: Versions
    files: dict[int, Path]


def export(reference: Reference, folder: Path | None) -> Exported:
    """Read the public halves of all versions that Vault holds, and write each as `*.pub`.

    A file that holds the same key stays as it is; no other is ever replaced, and none removed: what
    an archived version signed verifies by the file that was written before.

    Args:
        reference: the key.
        folder: where they go, in PEM; None only reads.

    Raises:
        StudioError: Vault can't be asked, or a file can't be written.
    """
    versions = read(connected(reference))
    if folder is None:
        return Exported(versions=versions, files={})
    stem = reference.path.replace("/", "-")
    files = {each.number: folder / f"{stem}-v{each.number}.pub" for each in versions.all}
    try:
        missing = [each for each in versions.all if not _there(files[each.number], each)]
        folder.mkdir(parents=True, exist_ok=True)
        for each in missing:
            write_private(files[each.number], _pem(each), replace=False)
            files[each.number].chmod(_READABLE)
    except OSError as error:
        raise StudioError(
            "the public keys can't be written",
            found=f"{folder}: {error.strerror}",
            fix="name another folder with --out",
        ) from None
    return Exported(versions=versions, files=files)


def _there(file: Path, version: Version) -> bool:
    """Whether a file holds the key already."""
    try:
        content = read_bytes(file, limit=_LARGEST)
    except Unreadable:
        if not file.is_symlink() and not file.exists():
            return False
        content = b""
    if content != _pem(version):
        raise StudioError(
            "a file holds another key than Vault does",
            found=str(file),
            fix="see which one signed your records; keep the file under another name, or name "
            "another folder with --out",
        )
    return True


def _pem(version: Version) -> bytes:
    """PEM, SubjectPublicKeyInfo (RFC 8410), as `openssl pkey -pubout` writes it."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(version.key.keyval["public"]))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
