"""HTTP with a hard deadline.

The timeouts of requests and urllib3 begin anew with each byte received, so a server that sends one
now and then would hold a caller for ever. Here every read and write of a socket has what is left of
`deadline.within`. Only the look-up of a host's name can take longer: the resolver's own timeouts
(resolv.conf) bound it.
"""

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from agent_studio.identity.deadline import remaining

_CONNECTIONS = 4
"""Kept open for each server; an agent's threads share them."""


def session(
    *, authority: Path | None = None, source_address: str | None = None
) -> requests.Session:
    """Give a session that keeps deadlines, takes no proxy, and follows no redirect elsewhere.

    A proxy or a `.netrc` of the environment would see or replace the tokens that are sent.

    Args:
        authority: PEM file by which servers are known; by default the system's own.
        source_address: the local address to connect from; by default the system chooses.
    """
    made = requests.Session()
    made.trust_env = False
    adapter = _Adapter(authority, source_address)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


class _PlainSocket(socket.socket):
    """A socket whose every operation ends with the deadline."""

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(remaining())
        return super().recv_into(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> None:
        self.settimeout(remaining())
        super().sendall(*arguments, **options)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS; `sendall` is made of `send` here."""

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(remaining())
        return super().recv_into(*arguments, **options)

    def send(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(remaining())
        return super().send(*arguments, **options)


def _connect(host: str, port: int, source: tuple[str, int] | None) -> socket.socket:
    """Connect to the first address that answers; all of them share the deadline."""
    failure: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        found = _PlainSocket(family, kind, protocol)
        try:
            found.settimeout(remaining())
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if source:
                found.bind(source)
            found.connect(address)
            # What is left bounds the TLS handshake that follows.
            found.settimeout(remaining())
        except OSError as error:
            found.close()
            failure = error
        else:
            return found
    raise failure


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port, self.source_address)


class _Tls(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port or 443, self.source_address)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class _Adapter(HTTPAdapter):
    """Opens our connections; trusts one authority, whatever a caller says about `verify`."""

    def __init__(self, authority: Path | None, source_address: str | None) -> None:
        self._context = ssl.create_default_context(cafile=authority)
        # Whatever SSLKEYLOGFILE says: it would open what is sent to everyone.
        self._context.keylog_filename = None  # type: ignore[assignment]
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context.sslsocket_class = _TlsSocket
        self._source = (source_address, 0) if source_address else None
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **_: Any
    ) -> None:
        """Make the pool of connections."""
        self.poolmanager = PoolManager(
            num_pools=connections,
            maxsize=maxsize,
            block=block,
            source_address=self._source,
        )
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: Any,  # noqa: ARG002 - our context decides
        cert: Any = None,  # noqa: ARG002 - we send none
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Have every TLS connection use our context."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": self._context} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave trust to our context; requests would add its own bundle of authorities."""

    def send(
        self, request: requests.PreparedRequest, *arguments: Any, **options: Any
    ) -> requests.Response:
        """Send a request, with what is left of the deadline."""
        left = remaining()
        return super().send(request, *arguments, **{**options, "timeout": left})


def describe(error: BaseException) -> str:
    """Say what went wrong on the network, without a word of what was sent or received.

    Args:
        error: what requests or the socket raised.

    Returns:
        a few words.
    """
    chain: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        each = todo.pop()
        if isinstance(each, BaseException) and each not in chain:
            chain.append(each)
            todo += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({each.verify_message})"
    for kind, text in _WORDS.items():
        if any(isinstance(each, kind) for each in chain):
            return text
    return "the connection failed"


_WORDS: Mapping[type[BaseException], str] = {
    TimeoutError: "it did not answer within the deadline",
    socket.gaierror: "its name has no address",
    ConnectionRefusedError: "it refused the connection",
    ssl.SSLError: "the TLS handshake failed",
    ConnectionResetError: "it closed the connection",
    requests.Timeout: "it did not answer within the deadline",
}
