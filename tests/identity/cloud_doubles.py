"""The clouds' own endpoints for tokens, as their documentation has them."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from agent_studio.rehearsal.vault.certificates import Certificate


@dataclass
class Asked:
    """A request that an endpoint was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Endpoint:
    """An endpoint of one answer.

    Attributes:
        address: `http(s)://127.0.0.1:<port>`.
        answer: gives status, headers and body of the answer.
        asked: what it was sent.
    """

    address: str
    answer: Callable[[Asked], tuple[int, dict[str, str], str]]
    asked: list[Asked] = field(default_factory=list)


@contextlib.contextmanager
def endpoint(
    answer: Callable[[Asked], tuple[int, dict[str, str], str]],
    certificate: Certificate | None = None,
) -> Iterator[Endpoint]:
    """Run an endpoint; with TLS if there is a certificate."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(
                self.command,
                self.path,
                dict(self.headers.items()),
                self.rfile.read(length).decode(),
            )
            made.asked.append(asked)
            status, headers, body = made.answer(asked)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body.encode())

        do_GET = do_POST = handle_any  # noqa: N815 - the names are http.server's

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.chain, certificate.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        made = Endpoint(f"{scheme}://127.0.0.1:{server.server_port}", answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join(2)


def sts(token: str) -> Callable[[Asked], tuple[int, dict[str, str], str]]:
    """STS, GetWebIdentityToken (AWS Security Token Service API Reference)."""
    body = (
        '<GetWebIdentityTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetWebIdentityTokenResult><WebIdentityToken>{token}</WebIdentityToken>"
        "<Expiration>2030-01-01T00:00:00Z</Expiration></GetWebIdentityTokenResult>"
        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
        "</GetWebIdentityTokenResponse>"
    )
    return lambda _: (200, {"Content-Type": "text/xml"}, body)


def folder_of(path: Path, name: str) -> Path:
    """A folder below another."""
    made = path / name
    made.mkdir(exist_ok=True)
    return made
