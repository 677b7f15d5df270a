"""Signs by the latest version of a transit key."""

import base64
import contextlib
import re
from typing import NoReturn

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key, SecretsHandler, Signature, Signer

from agent_studio.policies.signing.transit.connection import Connection, Request, connected
from agent_studio.policies.signing.transit.reference import Reference
from agent_studio.policies.signing.transit.versions import Version, read

_SIGNATURE = re.compile(r"vault:v(?P<version>[0-9]{1,9}):(?P<value>[A-Za-z0-9+/]{86}==)")
"""64 bytes (RFC 8032, section 5.1.6) in base64, after the version that signed."""


class TransitSigner(Signer):
    """A signer whose private key stays in Vault.

    securesystemslib's own `VaultSigner` does not fit: it knows neither a mount other than
    `transit` nor a namespace, reads the certificate's authority when hvac is imported, has no
    deadline over a request, follows redirects with the token, lets hvac's errors through with what
    the server said, and does not look whether the signature is one.

    Args:
        connection: the way to the key.
        version: the version that signs.
    """

    def __init__(self, connection: Connection, version: Version) -> None:
        self._connection = connection
        self.version = version.number
        self._key = version.key

    def __repr__(self) -> str:
        return f"<version {self.version} of {self._connection.reference}>"

    @classmethod
    def open(cls, reference: Reference) -> "TransitSigner":
        """Ask Vault for the latest version of a key.

        Args:
            reference: the key.

        Raises:
            StudioError: Vault can't be asked, or the key is none that can sign here.
        """
        connection = connected(reference)
        return cls(connection, read(connection).latest)

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None
    ) -> NoReturn:
        """Not offered: `open` takes what the environment and the estate say."""
        raise NotImplementedError

    @property
    def public_key(self) -> Key:
        """The public half of the version that signs."""
        return self._key

    def sign(self, payload: bytes) -> Signature:
        """Have Vault sign (Vault API, transit, "Sign data").

        The version is named, so that a rotation meanwhile changes nothing. What Vault gives is
        verified before it is given on.

        Args:
            payload: the bytes.

        Returns:
            the signature, under the id of the version's public half.

        Raises:
            StudioError: Vault can't be asked, refused, or gave what is no signature of them.
        """
        key = self._connection.reference
        data = self._connection.ask(
            Request(
                verb="sign",
                path=f"{key.mount}/sign/{key.name}",
                capability="update",
                send=lambda client: client.secrets.transit.sign_data(
                    key.name,
                    hash_input=base64.b64encode(payload).decode("ascii"),
                    key_version=self.version,
                    mount_point=key.mount,
                ),
            )
        )
        found = _SIGNATURE.fullmatch(str(data.get("signature")))
        # No frame of an error holds what the server said.
        del data
        if found is None or int(found["version"]) != self.version:
            raise self._connection.nonsense(f"no signature by version {self.version}")
        # The pattern lets through nothing else than base64.
        signature = Signature(self._key.keyid, base64.b64decode(found["value"]).hex())
        # The parent of VerificationError, which alone would let a bad signature's error through.
        with contextlib.suppress(UnverifiedSignatureError):
            self._key.verify_signature(signature, payload)
            return signature
        raise self._connection.nonsense("a signature that does not match what was signed")
