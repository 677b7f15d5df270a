"""hvac's client over our transport."""

import os
from pathlib import Path
from typing import Any, NoReturn

import hvac  # type: ignore[import-untyped]

from agent_studio.identity import transport
from agent_studio.identity.secret import Secret


class _Adapter(hvac.adapters.JSONAdapter):  # type: ignore[misc]
    """hvac's adapter, which shows and pickles no token."""

    @property
    def token(self) -> str:
        """The token that is sent."""
        return self._secret.reveal()

    @token.setter
    def token(self, value: str | None) -> None:
        self._secret = Secret(value or "")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client that holds a token is not pickled or copied")


class Connection:
    """The way to one Vault cluster; its connections are shared by all logins.

    Args:
        address: `https://<host>[:<port>]`.
        authority: PEM file by which the server is known; by default the system's authorities.
        source_address: the local address to connect from.
    """

    def __init__(
        self, address: str, authority: Path | None = None, source_address: str | None = None
    ) -> None:
        self.address = address
        self._session = transport.session(authority=authority, source_address=source_address)

    def __repr__(self) -> str:
        return f"<connection to {self.address}>"

    def client(self, namespace: str, token: Secret | None = None) -> hvac.Client:
        """A client that sends one token in one namespace.

        Args:
            namespace: empty for the root namespace.
            token: the token; without it none is sent, whatever the environment holds.

        Returns:
            the client. It holds the token: keep it out of everything that is shown.
        """
        return hvac.Client(
            url=self.address,
            # An empty one keeps hvac from looking for VAULT_TOKEN and ~/.vault-token.
            token=token.reveal() if token else "",
            verify=True,
            session=self._session,
            adapter=_Adapter,
            namespace=namespace or None,
            # A redirect would carry the token to another server.
            allow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def document(answer: Any) -> dict[str, Any]:
    """Give hvac's answer if it is a JSON object; hvac also gives bare responses.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(answer, dict):
        raise ValueError("no JSON object")
    return answer


def process() -> int:
    """The process's id: what is opened in one process is not closed by its forks."""
    return os.getpid()
