"""Keys in files: the state folder's own, one that was named, and public halves."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies.documents import Unreadable, read_bytes
from agent_studio.policies.files import write_private
from agent_studio.policies.signing.model import SIGNING_KEY, TRUSTED_KEYS

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

_LARGEST_KEY = 64 * 1024
_OPENSSL = "make one with `openssl genpkey -algorithm ed25519`"


def own(path: Path) -> None:
    """Make the state folder's own key pair, unless it is there.

    Args:
        path: the private half's file; the public half lies beside it, as `*.pub`.

    Raises:
        StudioError: it can't be made.
    """
    public = path.with_suffix(".pub")
    if path.exists() and public.exists():
        return
    from securesystemslib.signer import CryptoSigner

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        if not path.exists():
            made = CryptoSigner.generate_ed25519()
            # Of several that make one at the same time the first wins, and all use its key.
            with contextlib.suppress(FileExistsError):
                write_private(path, made.private_bytes, replace=False)
        if not public.exists():
            write_private(public, _public_pem(path))
    except OSError as error:
        raise StudioError(
            "the signing key can't be made",
            found=f"{path}: {error.strerror}",
            fix=f"make the folder writable, or name a key in ${SIGNING_KEY}",
        ) from None


def _public_pem(path: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    private = load_pem_private_key(read_bytes(path, limit=_LARGEST_KEY), password=None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private(path: Path) -> "CryptoSigner":
    """Read the key that signs.

    Args:
        path: a PEM file, PKCS #8 (RFC 5958), not encrypted.

    Returns:
        who signs with it.

    Raises:
        StudioError: it can't be read, or is no Ed25519 key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        key = load_pem_private_key(read_bytes(path, limit=_LARGEST_KEY), password=None)
    except Unreadable as error:
        raise _unusable("the signing key can't be read", str(error)) from None
    except TypeError:
        raise _unusable("the signing key is encrypted", path.name) from None
    except Exception:  # noqa: BLE001 - cryptography raises many kinds; none may show the key
        raise _unusable("the signing key can't be read", f"{path.name} is no PEM key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable("the signing key is not an Ed25519 key", path.name)
    return CryptoSigner(key)


def public(path: Path) -> "Key":
    """Read a public key.

    Args:
        path: a PEM file, SubjectPublicKeyInfo (RFC 8410).

    Returns:
        the key, under the id that securesystemslib computes from its content.

    Raises:
        StudioError: it can't be read, or is no Ed25519 key; `exit_code` is DENIED.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        key = load_pem_public_key(read_bytes(path, limit=_LARGEST_KEY))
    except Unreadable as error:
        raise distrust("a trusted key can't be read", str(error)) from None
    except Exception:  # noqa: BLE001 - cryptography raises many kinds
        raise distrust("a trusted key can't be read", f"{path.name} is no PEM key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise distrust("a trusted key is not an Ed25519 key", path.name)
    return SSlibKey.from_crypto(key)


def files(place: Path) -> list[Path]:
    """Find the files of public keys at a place.

    Args:
        place: a file, or a folder, whose `*.pub` files count.

    Raises:
        StudioError: the folder can't be read or is empty; `exit_code` is DENIED.
    """
    if not place.is_dir():
        return [place]
    try:
        found = sorted(path for path in place.iterdir() if path.suffix == ".pub")
    except OSError as error:
        raise distrust(
            "a folder of trusted keys can't be read", f"{place}: {error.strerror}"
        ) from None
    if not found:
        raise distrust("a folder of trusted keys is empty", str(place), "*.pub files")
    return found


def _unusable(cause: str, found: str) -> StudioError:
    return StudioError(
        cause, found=found, allowed="an Ed25519 key in PEM, PKCS #8, unencrypted", fix=_OPENSSL
    )


def distrust(
    cause: str, found: str, allowed: str = "public Ed25519 keys in PEM, one a file"
) -> StudioError:
    """The error for trusted keys that are of no use; `exit_code` is DENIED.

    Args:
        cause: what is wrong.
        found: the offending value.
        allowed: what would be accepted.
    """
    return StudioError(
        cause,
        found=found,
        allowed=allowed,
        fix=f"correct ${TRUSTED_KEYS} or policies/keys/; `studio gate` makes the state folder's",
        exit_code=ExitCode.DENIED,
    )
