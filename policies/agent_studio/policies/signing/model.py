"""What is told about signatures: whose count, what an envelope held, and why one proves nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securesystemslib.signer import Key

SIGNING_KEY = "STUDIO_SIGNING_KEY"
"""The variable that names the key that signs: a file, or a transit key of Vault."""

TRUSTED_KEYS = "STUDIO_TRUSTED_KEYS"
"""The variable that names the keys whose signatures count."""

MOST_KEYS = 100
"""Trusted keys at a time; versions of a transit key count one by one."""


@dataclass(frozen=True)
class Trust:
    """Whose signatures count.

    Attributes:
        keys: at least one public key.
        origin: where they come from, for errors.
        advice: what to do about a key that is not among them, where the usual advice would not
            help; for errors.
    """

    keys: "tuple[Key, ...]"
    origin: str
    advice: str | None = None

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
