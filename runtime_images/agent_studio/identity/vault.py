"""`Vault`: what an agent or the core does with its identity."""

import base64
import hashlib
import json
import re
import weakref
from types import TracebackType
from typing import Any

import hvac  # type: ignore[import-untyped]

from agent_studio.identity.connection import Connection, document, process
from agent_studio.identity.deadline import within
from agent_studio.identity.errors import IdentityError, PolicyError, ServerError
from agent_studio.identity.keeper import Keeper
from agent_studio.identity.secret import Secret, Secrets
from agent_studio.identity.session import Session
from agent_studio.identity.settings import Settings
from agent_studio.identity.sources import TokenSource, source_of

_NAME = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_PSEUDONYM_KEY_VERSION = 1
"""Pinned, since a pseudonym must outlive the rotation of its key."""


class Vault:
    """Secrets, signatures and pseudonyms of this workload.

    It logs in at the first call, renews in the background, logs in anew when the login is lost, and
    revokes it when it is closed, collected, or the interpreter exits. A process that ends by a
    signal must turn it into an exit; else the login ends by itself, at the latest after its TTL.

    ```
    with Vault(from_environment()) as vault:
        password = vault.secret("database")["password"].reveal()
    ```

    Args:
        settings: where to log in, and as what.
        source: gives the workload's tokens; by default the one that the settings name.
    """

    def __init__(self, settings: Settings, source: TokenSource | None = None) -> None:
        self.settings = settings
        connection = Connection(settings.address, settings.authority, settings.source_address)
        keeper = Keeper()
        tokens = source or source_of(settings.source, settings.audience)
        places = [settings.cell, *([settings.shared] if settings.shared else [])]
        sessions = [
            Session(connection, place, tokens, deadline=settings.deadline, changed=keeper.wake)
            for place in places
        ]
        keeper.keep(sessions)
        self._cell, self._shared = sessions[0], sessions[1] if settings.shared else None
        self._end = weakref.finalize(
            self, _end, sessions, keeper, connection, settings.deadline, process()
        )

    def __repr__(self) -> str:
        return f"<Vault at {self.settings.address} as {self.settings.cell.role}>"

    def __enter__(self) -> "Vault":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def log_in(self) -> None:
        """Log in now, rather than at the first call.

        Raises:
            IdentityError: which fault, says its type.
        """
        self._cell.call(lambda client: bool(client.auth.token.lookup_self()))

    def secret(self, name: str) -> Secrets:
        """Read the latest version of one of the workload's own secrets.

        Args:
            name: its path below the workload's own.

        Returns:
            its fields.

        Raises:
            SecretMissingError: there is none.
            IdentityError: any other fault.
        """
        place = self.settings.cell
        if not _NAME.fullmatch(name):
            raise PolicyError("a secret's name is made of letters, digits, `_`, `.`, `-` and `/`")
        path = f"{place.secrets}/{name}"

        def read(client: hvac.Client) -> Secrets:
            answer = client.secrets.kv.v2.read_secret_version(
                path, mount_point=place.kv, raise_on_deleted_version=True
            )
            fields = _data(answer)["data"]
            return Secrets({key: Secret(_text(value)) for key, value in fields.items()})

        return self._cell.call(read)

    def sign(self, data: bytes) -> str:
        """Sign data with the cell's signing key.

        Args:
            data: what to sign.

        Returns:
            the signature, as `verify` takes it.

        Raises:
            IdentityError: which fault, says its type.
        """
        place, text = self.settings.cell, _encoded(data)
        del data

        def sign(client: hvac.Client) -> str:
            answer = client.secrets.transit.sign_data(
                place.signing_key, hash_input=text.reveal(), mount_point=place.transit
            )
            return str(_data(answer)["signature"])

        return self._cell.call(sign)

    def verify(self, data: bytes, signature: str) -> bool:
        """Say whether a signature is one of the cell's signing key over the data.

        Args:
            data: what was signed.
            signature: what `sign` gave, with this version of the key or an earlier one.

        Returns:
            True if it is; False if it is not, or is no signature at all.

        Raises:
            IdentityError: Vault could not tell.
        """
        place, text = self.settings.cell, _encoded(data)
        del data

        def verify(client: hvac.Client) -> bool:
            try:
                answer = client.secrets.transit.verify_signed_data(
                    place.signing_key,
                    hash_input=text.reveal(),
                    signature=signature,
                    mount_point=place.transit,
                )
            except hvac.exceptions.InvalidRequest:
                return False
            return _data(answer)["valid"] is True

        return self._cell.call(verify)

    def pseudonym(self, data_class: str, value: str) -> str:
        """Replace a field's value by a name that tells nothing of it.

        The same value of the same data class gives the same pseudonym in every cell of the
        jurisdiction, and another one elsewhere. Vault itself sees a digest of the value alone.

        Args:
            data_class: the class of the field; one of the runtime's.
            value: the field's value.

        Returns:
            the pseudonym: letters, digits, `-` and `_`.

        Raises:
            PolicyError: the data class is none of the runtime's.
            IdentityError: any other fault.
        """
        text = _encoded(hashlib.sha256(value.encode()).digest())
        # From here on no frame of ours shows it.
        del value
        place, session = self.settings.shared, self._shared
        key = place.keys.get(data_class) if place else None
        if place is None or session is None or key is None:
            raise PolicyError(f"this runtime makes no pseudonyms of class {data_class!r}")

        def hmac(client: hvac.Client) -> str:
            answer = client.secrets.transit.generate_hmac(
                key,
                hash_input=text.reveal(),
                key_version=_PSEUDONYM_KEY_VERSION,
                mount_point=place.transit,
            )
            code = str(_data(answer)["hmac"]).rpartition(":")[2]
            return base64.urlsafe_b64encode(base64.b64decode(code)).rstrip(b"=").decode()

        return session.call(hmac)

    def close(self) -> bool:
        """Revoke all logins and end the background thread; every call after it fails.

        Returns:
            whether Vault confirmed that no login is left. If not, they end by themselves in time.
        """
        return bool(self._end()) if self._end.alive else True


def _end(
    sessions: list[Session], keeper: Keeper, connection: Connection, deadline: float, owner: int
) -> bool:
    if process() != owner:
        return True
    with within(deadline):
        keeper.stop(deadline / 2)
        confirmed = [session.close() for session in sessions]
    connection.close()
    return all(confirmed)


def _data(answer: Any) -> dict[str, Any]:
    """The data of Vault's answer."""
    try:
        return document(document(answer)["data"])
    except (KeyError, ValueError):
        raise ServerError("Vault's answer is none that it gives") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _encoded(data: bytes) -> Secret:
    return Secret(base64.b64encode(data).decode())


__all__ = ["IdentityError", "Vault"]
