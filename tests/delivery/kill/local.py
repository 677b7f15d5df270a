"""Small servers on loopback: one that answers by a function, and one that stands before another.

Both end with their block, whatever their clients do.
"""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from agent_studio.rehearsal.vault.certificates import Certificate

_SOCKET_SECONDS = 10.0


@dataclass(frozen=True)
class Request:
    """A request, as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """Its JSON."""
        found: dict[str, Any] = json.loads(self.body or b"{}")
        return found

    @property
    def target(self) -> str:
        """What AWS's JSON protocol asks for, e.g. `UpdateService`."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]


@dataclass(frozen=True)
class Answer:
    """An answer; `hang` says nothing for so many seconds, and then hangs up."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: float = 0.0


Serve = Callable[[Request], Answer]


@contextlib.contextmanager
def serving(serve: Serve, certificate: Certificate | None = None) -> Iterator[str]:
    """Answer requests by a function, over TLS if there is a certificate; gives the address."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _SOCKET_SECONDS

        def setup(self) -> None:
            self.request.settimeout(self.timeout)
            if certificate:
                self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle_one_request(self) -> None:
            with contextlib.suppress(OSError):
                super().handle_one_request()
                return
            self.close_connection = True

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = serve(Request(self.command, self.path, headers, self.rfile.read(length)))
            if answer.hang:
                stopped.wait(answer.hang)
                self.close_connection = True
                return
            raw = answer.body
            body = (
                raw if isinstance(raw, bytes) else b"" if raw is None else json.dumps(raw).encode()
            )
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """Say nothing: a client that hangs up is no news."""

    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            scheme = "https" if certificate else "http"
            yield f"{scheme}://127.0.0.1:{server.server_port}"
        finally:
            stopped.set()
            server.shutdown()
            thread.join()


@dataclass
class Front:
    """Stands before another server; a rule may answer in its place.

    Attributes:
        address: where it listens.
        rule: gives an answer, or None to pass the request on.
        seen: the requests that came.
    """

    address: str = ""
    rule: Callable[[Request], Answer | None] = lambda _: None
    seen: list[Request] = field(default_factory=list)


@contextlib.contextmanager
def front(
    upstream: str, *, certificate: Certificate | None = None, authority: str | None = None
) -> Iterator[Front]:
    """Stand before a server.

    Args:
        upstream: its address.
        certificate: the front's own.
        authority: PEM file by which the server is known.
    """
    made = Front()
    session = requests.Session()
    session.trust_env = False
    local = threading.Lock()

    def serve(request: Request) -> Answer:
        made.seen.append(request)
        if answer := made.rule(request):
            return answer
        kept = {name: value for name, value in request.headers.items() if name != "connection"}
        with local:
            found = session.request(
                request.method,
                f"{upstream}{request.path}",
                headers=kept,
                data=request.body,
                verify=authority or True,
                timeout=_SOCKET_SECONDS,
            )
        headers = {"Content-Type": found.headers.get("Content-Type", "application/json")}
        return Answer(found.status_code, found.content, headers)

    with serving(serve, certificate) as address:
        made.address = address
        yield made


def eventually(look: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if look():
            return True
        time.sleep(0.02)
    return False
