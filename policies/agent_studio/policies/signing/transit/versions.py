"""The versions of a transit key: each has a public half, and so a key id, of its own."""

import base64
import binascii
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.signing.transit.connection import Connection, Request
from agent_studio.policies.signing.transit.reference import Reference

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

KIND = "ed25519"
_BYTES = 32
"""Of a public key (RFC 8032, section 5.1.5)."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a key.

    Attributes:
        number: its number; the first is 1.
        made: when it was made, as Vault tells it.
        key: its public half.
    """

    number: int
    made: str
    key: "SSlibKey"


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What Vault tells of a key.

    Attributes:
        reference: the key.
        all: the versions that it holds, the oldest first; never empty.
    """

    reference: Reference
    all: tuple[Version, ...]

    @property
    def latest(self) -> Version:
        """The version that signs."""
        return self.all[-1]

    @property
    def oldest(self) -> int:
        """The number of the oldest version that Vault holds; older ones are archived."""
        return self.all[0].number


def read(connection: Connection) -> Versions:
    """Read a key's versions (Vault API, transit, "Read key").

    Vault names no version below `min_decryption_version`: those are archived.

    Args:
        connection: the way to the key.

    Raises:
        StudioError: Vault can't be asked or does not tell, or the key is none that can sign here.
    """
    key = connection.reference
    data = connection.ask(
        Request(
            verb="read the key",
            path=f"{key.mount}/keys/{key.name}",
            capability="read",
            send=lambda client: client.secrets.transit.read_key(key.name, mount_point=key.mount),
        )
    )
    unfit = _unfit(data)
    found: tuple[Version, ...] = ()
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
        found = () if unfit else _versions(data)
    # No frame and no chain of an error holds what the server said.
    del data
    if unfit:
        raise StudioError(
            "the transit key can't sign gate records",
            found=f"{unfit}, {key}",
            allowed=f"type {KIND}, not derived",
            fix=f"make another: `{key.making('NAME')}`, and name that",
        )
    if not found:
        raise connection.nonsense("no versions in their form")
    return Versions(reference=key, all=found)


def _unfit(data: Mapping[str, Any]) -> str | None:
    """Why a key can't sign here; text that is no type of Vault's is not shown."""
    value = data.get("type")
    if value == KIND:
        return None if data.get("derived") is False else "a derived key"
    plain = isinstance(value, str) and len(value) <= 20 and value.replace("-", "").isalnum()
    return f"type {value}" if plain else "no type"


def _versions(data: Mapping[str, Any]) -> tuple[Version, ...]:
    latest, oldest = data["latest_version"], max(data["min_decryption_version"], 1)
    numbered = {int(number): entry for number, entry in data["keys"].items()}
    # All of them, and in one row: a version that is left out would be distrusted without a word.
    if not numbered or (min(numbered), max(numbered)) != (oldest, latest):
        raise ValueError
    if len(numbered) != latest - oldest + 1:
        raise ValueError
    return tuple(_version(number, numbered[number]) for number in sorted(numbered))


def _version(number: int, entry: Mapping[str, Any]) -> Version:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from securesystemslib.signer import SSlibKey

    try:
        public = base64.b64decode(entry["public_key"], validate=True)
    except binascii.Error:
        raise ValueError from None
    if len(public) != _BYTES:
        raise ValueError
    made = str(entry.get("creation_time", ""))[:40]
    return Version(
        number=number,
        made=made,
        key=SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(public)),
    )
