"""Writes bundles with a signed manifest, and loads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies import signing
from agent_studio.policies.bundle.archive import LARGEST, Archive, digest_of, unpacked
from agent_studio.policies.bundle.present import checked_version
from agent_studio.policies.documents import Unreadable, parse_json_object, read_bytes
from agent_studio.policies.files import write_private

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

MANIFEST_TYPE = "application/vnd.agent-studio.bundle.v1+json"
_LARGEST_MANIFEST = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is signed about a bundle.

    Attributes:
        version: its semantic version.
        digest: hexadecimal SHA-256 of the archive.
        files: name -> hexadecimal SHA-256.
        key_id: the id of the key that signed the manifest.
    """

    version: str
    digest: str
    files: Mapping[str, str]
    key_id: str


def manifest_file(path: Path) -> Path:
    """Where the signed manifest of an archive lies: beside it."""
    return path.with_name(f"{path.name}.dsse.json")


def release(archive: Archive, *, version: str, path: Path, signer: "Signer") -> Manifest:
    """Write an archive and, beside it, its signed manifest.

    Args:
        archive: the files.
        version: the bundle's semantic version.
        path: where the archive goes; what is there is replaced.
        signer: who signs the manifest.

    Returns:
        The manifest.

    Raises:
        StudioError: the version is none, a file can't be written, or a key in Vault did not sign.
    """
    checked_version(version)
    content = archive.packed()
    manifest = Manifest(
        version=version,
        digest=digest_of(content),
        files={name: digest_of(archive.files[name]) for name in sorted(archive.files)},
        key_id=signer.public_key.keyid,
    )
    stated = {"version": version, "digest": manifest.digest, "files": manifest.files}
    sealed = signing.seal(signing.canonical(stated), MANIFEST_TYPE, signer)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, content)
        write_private(manifest_file(path), sealed)
    except OSError as error:
        raise StudioError(
            "the bundle can't be written", found=f"{path}: {error.strerror}"
        ) from None
    return manifest


def load(path: Path, digest: str) -> Archive:
    """Load the archive of a digest.

    Args:
        path: the archive.
        digest: what it must be: hexadecimal SHA-256.

    Raises:
        StudioError: it is another, or no bundle; `exit_code` is DENIED.
    """
    content = _content(path)
    found = digest_of(content)
    if found != digest:
        raise StudioError(
            f"{path.name} is not the bundle that was named",
            found=found,
            allowed=digest or "a digest must be named",
            fix="name the digest that `studio policy bundle` printed",
            exit_code=ExitCode.DENIED,
        )
    return _archive(content, path)


def load_signed(path: Path, trust: signing.Trust) -> tuple[Archive, Manifest]:
    """Load an archive by the signed manifest beside it.

    Args:
        path: the archive.
        trust: whose signature counts.

    Raises:
        StudioError: the manifest proves nothing about it, or it is no bundle; `exit_code` is
            DENIED.
    """
    content = _content(path)
    manifest = read_manifest(manifest_file(path), trust)
    archive = _archive(content, path)
    files = {name: digest_of(body) for name, body in archive.files.items()}
    if digest_of(content) != manifest.digest or files != manifest.files:
        raise StudioError(
            f"{path.name} is not the bundle that its manifest is about",
            found=digest_of(content),
            allowed=manifest.digest,
            fix="fetch archive and manifest again, from one release",
            exit_code=ExitCode.DENIED,
        )
    return archive, manifest


def read_manifest(path: Path, trust: signing.Trust) -> Manifest:
    """Verify a signed manifest.

    Raises:
        StudioError: it proves nothing; `exit_code` is DENIED.
    """
    try:
        content = read_bytes(path, limit=_LARGEST_MANIFEST)
        signed = signing.unseal(content, MANIFEST_TYPE, trust, name=path.name)
        stated = parse_json_object(signed.payload, name=path.name)
        if stated.keys() != {"version", "digest", "files"} or not isinstance(stated["files"], dict):
            raise Unreadable(f"{path.name} is not shaped as a manifest")
    except Unreadable as error:
        raise _distrusted(str(error), None) from None
    except signing.Unverified as error:
        raise _distrusted(str(error), error.allowed) from None
    return Manifest(
        version=str(stated["version"]),
        digest=str(stated["digest"]),
        files=stated["files"],
        key_id=signed.key_id,
    )


def _content(path: Path) -> bytes:
    try:
        return read_bytes(path, limit=LARGEST)
    except Unreadable as error:
        raise _no_bundle(error) from None


def _archive(content: bytes, path: Path) -> Archive:
    try:
        return unpacked(content, name=path.name)
    except Unreadable as error:
        raise _no_bundle(error) from None


def _no_bundle(error: Unreadable) -> StudioError:
    return StudioError(
        "the bundle can't be read",
        found=str(error),
        allowed="what `studio policy bundle` writes",
        exit_code=ExitCode.DENIED,
    )


def _distrusted(found: str, allowed: str | None) -> StudioError:
    return StudioError(
        "the bundle's manifest proves nothing",
        found=found,
        allowed=allowed,
        fix="name the bundle's digest with --digest, or trust the key that signed it",
        exit_code=ExitCode.DENIED,
    )
