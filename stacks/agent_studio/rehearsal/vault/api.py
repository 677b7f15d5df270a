"""Vault's HTTP API, for whoever sets a server up; agents use `agent_studio.identity`."""

from pathlib import Path
from typing import Any

import requests

from agent_studio.estate.errors import StudioError

_SECONDS = 30.0
_LOOK_SECONDS = 1.0


class ApiError(StudioError):
    """The server refused a request.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, method: str, path: str, status: int, errors: list[str]) -> None:
        self.status = status
        super().__init__(
            f"Vault refused {method} {path}", found=f"status {status}: {', '.join(errors)}"
        )


class Api:
    """The API of one server, in one namespace, with one token.

    Args:
        address: `https://<host>:<port>`.
        authority: PEM file by which the server is known.
        token: the token to send; none if empty.
        namespace: the namespace in which paths are looked up; none if empty.
    """

    def __init__(self, address: str, authority: Path, token: str = "", namespace: str = "") -> None:
        self.address = address
        self.authority = authority
        self.namespace = namespace
        self._token = token
        self._session = requests.Session()
        # No proxy and no .netrc: the server lies on loopback.
        self._session.trust_env = False
        self._session.verify = str(authority)

    def __repr__(self) -> str:
        return f"<Vault API at {self.address}, namespace {self.namespace or 'root'}>"

    def within(self, namespace: str) -> "Api":
        """The same server and token, in a namespace."""
        return Api(self.address, self.authority, self._token, namespace)

    def bearing(self, token: str) -> "Api":
        """The same server and namespace, with another token."""
        return Api(self.address, self.authority, token, self.namespace)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one request.

        Args:
            method: GET, PUT, POST, LIST or DELETE.
            path: what follows `/v1/`.
            body: the JSON to send.

        Returns:
            the JSON of the answer; empty where there is none.

        Raises:
            ApiError: the server refused it.
        """
        answer = self._send(method, path, body)
        content: dict[str, Any] = answer.json() if answer.content else {}
        if not answer.ok:
            raise ApiError(method, path, answer.status_code, content.get("errors", []))
        return content

    def status(self, path: str) -> int:
        """The HTTP status of a GET; 0 where nobody answers."""
        try:
            return self._send("GET", path, None, _LOOK_SECONDS).status_code
        except requests.RequestException:
            return 0

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, seconds: float = _SECONDS
    ) -> requests.Response:
        headers = {"X-Vault-Request": "true"}
        if self._token:
            headers["X-Vault-Token"] = self._token
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        return self._session.request(
            method,
            f"{self.address}/v1/{path}",
            json=body,
            headers=headers,
            timeout=seconds,
            allow_redirects=False,
        )
