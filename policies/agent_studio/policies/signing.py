"""Who signs gate records and bundles, and whose signatures count.

Ed25519 (RFC 8032) in a DSSE envelope (secure-systems-lab/dsse, protocol version 1), through
securesystemslib. The library is imported when it is first needed: that takes half a second.

* Signs: the key that `$STUDIO_SIGNING_KEY` names, else one made on first use in the state folder.
* Trusted: the keys that `$STUDIO_TRUSTED_KEYS` names, else those of `policies/keys/` beside the
  estate's file, else the state folder's own. The last guards against accident, and not against
  somebody who can write the state folder.

Whatever is configured and can't be used is an error: nothing else is trusted in its place.
"""

import base64
import binascii
import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies.documents import Unreadable, parse_json_object, read_bytes
from agent_studio.policies.files import write_private

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

SIGNING_KEY = "STUDIO_SIGNING_KEY"
TRUSTED_KEYS = "STUDIO_TRUSTED_KEYS"
_LARGEST_KEY = 64 * 1024
_MOST_KEYS = 100
_ENVELOPE = frozenset({"payload", "payloadType", "signatures"})
_SIGNATURE = frozenset({"keyid", "sig"})
_OPENSSL = "make one with `openssl genpkey -algorithm ed25519`"


@dataclass(frozen=True)
class Trust:
    """Whose signatures count.

    Attributes:
        keys: at least one public key.
        origin: where they come from, for errors.
    """

    keys: "tuple[Key, ...]"
    origin: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys."""
        return tuple(key.keyid for key in self.keys)


@dataclass(frozen=True)
class Signed:
    """What an envelope held, its signature verified.

    Attributes:
        payload: the bytes that were signed.
        key_id: the id of the key that signed them.
    """

    payload: bytes
    key_id: str


class Unverified(Exception):  # noqa: N818 - it says what the envelope is
    """An envelope that proves nothing; its text says why.

    Attributes:
        allowed: what would be accepted, where there is something to name.
        fix: what to do about it, where the usual advice would not help.
    """

    def __init__(self, why: str, *, allowed: str | None = None, fix: str | None = None) -> None:
        self.allowed = allowed
        self.fix = fix
        super().__init__(why)


def signer(state_dir: Path) -> "CryptoSigner":
    """The key that signs.

    Args:
        state_dir: the state folder, whose `keys/gate.pem` is made unless a key is configured.

    Raises:
        StudioError: the key can't be read or made, or is no Ed25519 key.
    """
    configured = os.environ.get(SIGNING_KEY)
    if configured is None:
        path = state_dir / "keys" / "gate.pem"
        _make(path)
    elif configured:
        path = Path(configured)
    else:
        raise _empty(SIGNING_KEY)
    return _private(path)


def trusted(state_dir: Path, *, estate_file: Path | None = None) -> Trust:
    """The keys whose signatures count.

    Args:
        state_dir: the state folder, whose own key counts where nothing else is configured.
        estate_file: the estate's file; `policies/keys/*.pub` beside it count where they are.

    Raises:
        StudioError: there is no key, or one can't be used; `exit_code` is DENIED.
    """
    configured = os.environ.get(TRUSTED_KEYS)
    if configured is not None:
        places = [Path(part) for part in configured.split(os.pathsep) if part]
        if not places:
            raise _empty(TRUSTED_KEYS, exit_code=ExitCode.DENIED)
        return trust(places, origin=f"${TRUSTED_KEYS}")
    if estate_file is not None:
        beside = estate_file.parent / "policies" / "keys"
        if os.path.lexists(beside):
            return trust([beside], origin=str(beside))
    own = state_dir / "keys" / "gate.pub"
    return trust([own], origin=str(own))


def trust(places: Iterable[Path], *, origin: str) -> Trust:
    """Trust the public keys of files, and of the `*.pub` files of folders.

    Raises:
        StudioError: a place holds no key, or one can't be used; `exit_code` is DENIED.
    """
    keys: dict[str, Key] = {}
    for place in places:
        for file in _files(place):
            key = _public(file)
            keys[key.keyid] = key
            if len(keys) > _MOST_KEYS:
                raise _distrust("there are too many trusted keys", origin, f"{_MOST_KEYS} keys")
    return Trust(keys=tuple(keys.values()), origin=origin)


def seal(payload: bytes, payload_type: str, signer: "CryptoSigner") -> bytes:
    """Sign a payload: the DSSE envelope as canonical JSON with a newline at its end."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(payload, payload_type, {})
    envelope.sign(signer)
    return canonical(envelope.to_dict())


def unseal(content: bytes, payload_type: str, trust: Trust, *, name: str) -> Signed:
    """Verify an envelope.

    Only the exact bytes that `seal` gives are accepted, so that nothing can be hidden in what
    readers would skip: white space, the order of keys, spare bits of base64.

    Args:
        content: the envelope.
        payload_type: the type that its payload must have.
        trust: whose signature counts.
        name: what errors call it.

    Raises:
        Unverified: it proves nothing.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import Signature

    try:
        envelope = parse_json_object(content, name=name)
    except Unreadable as error:
        raise Unverified(str(error)) from None
    payload, key_id, signature = _parts(envelope, name=name)
    if envelope["payloadType"] != payload_type:
        raise Unverified(
            f"{name} holds a {str(envelope['payloadType'])[:100]}", allowed=payload_type
        )
    if canonical(envelope) != content:
        raise Unverified(f"{name} is not written as the gate writes it")
    if key_id not in trust.ids:
        raise Unverified(
            f"{name} is signed by key {key_id[:64]}, which is not trusted",
            allowed=f"{', '.join(trust.ids)} from {trust.origin}",
            fix=f"have a trusted key sign (${SIGNING_KEY}), or trust this one (${TRUSTED_KEYS})",
        )
    signed = Envelope(payload, payload_type, {key_id: Signature(key_id, signature.hex())})
    try:
        signed.verify(list(trust.keys), 1)
    except VerificationError:
        raise Unverified(
            f"the signature of {name} does not match what it says: it was changed"
        ) from None
    return Signed(payload=payload, key_id=key_id)


def canonical(value: Mapping[str, Any]) -> bytes:
    """An object as JSON that depends on nothing but its content."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def _parts(envelope: Mapping[str, Any], *, name: str) -> tuple[bytes, str, bytes]:
    signatures = envelope.get("signatures")
    if envelope.keys() != _ENVELOPE or not isinstance(signatures, list):
        raise Unverified(f"{name} is not a DSSE envelope")
    if not signatures:
        raise Unverified(f"{name} is not signed")
    if len(signatures) > 1:
        raise Unverified(f"{name} has {len(signatures)} signatures", allowed="one")
    entry = signatures[0]
    if not isinstance(entry, dict) or entry.keys() != _SIGNATURE:
        raise Unverified(f"{name} is not a DSSE envelope")
    texts = (envelope["payload"], envelope["payloadType"], entry["keyid"], entry["sig"])
    if not all(isinstance(text, str) for text in texts):
        raise Unverified(f"{name} is not a DSSE envelope")
    try:
        return _decoded(envelope["payload"]), entry["keyid"], _decoded(entry["sig"])
    except ValueError:
        raise Unverified(f"{name} is not a DSSE envelope") from None


def _decoded(text: str) -> bytes:
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64") from None
    # The spare bits of the last character could be anything.
    if base64.b64encode(content).decode("ascii") != text:
        raise ValueError("not canonical base64")
    return content


def _make(path: Path) -> None:
    """Make the state folder's own key pair, unless it is there."""
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


def _private(path: Path) -> "CryptoSigner":
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


def _public(path: Path) -> "Key":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        key = load_pem_public_key(read_bytes(path, limit=_LARGEST_KEY))
    except Unreadable as error:
        raise _distrust("a trusted key can't be read", str(error)) from None
    except Exception:  # noqa: BLE001 - cryptography raises many kinds
        raise _distrust("a trusted key can't be read", f"{path.name} is no PEM key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _distrust("a trusted key is not an Ed25519 key", path.name)
    return SSlibKey.from_crypto(key)


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    try:
        found = sorted(path for path in place.iterdir() if path.suffix == ".pub")
    except OSError as error:
        raise _distrust(
            "a folder of trusted keys can't be read", f"{place}: {error.strerror}"
        ) from None
    if not found:
        raise _distrust("a folder of trusted keys is empty", str(place), "*.pub files")
    return found


def _unusable(cause: str, found: str) -> StudioError:
    return StudioError(
        cause, found=found, allowed="an Ed25519 key in PEM, PKCS #8, unencrypted", fix=_OPENSSL
    )


def _distrust(
    cause: str, found: str, allowed: str = "public Ed25519 keys in PEM, one a file"
) -> StudioError:
    return StudioError(
        cause,
        found=found,
        allowed=allowed,
        fix=f"correct ${TRUSTED_KEYS} or policies/keys/; `studio gate` makes the state folder's",
        exit_code=ExitCode.DENIED,
    )


def _empty(name: str, exit_code: ExitCode = ExitCode.ERROR) -> StudioError:
    return StudioError(
        f"${name} is set, but empty", fix="name a key in it, or unset it", exit_code=exit_code
    )
