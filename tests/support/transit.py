"""The core's transit key on a real OpenBao server, and servers that lie in its place."""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import vault as names
from agent_studio.rehearsal.vault.api import Api
from agent_studio.rehearsal.vault.cells import add_key, mount, open_place
from agent_studio.rehearsal.vault.certificates import Certificate, issue
from agent_studio.rehearsal.vault.server import Server

_ESTATE = """\
version: 1
studio: {studio}
core: {{region: aws/eu-west-1, account: platform, domain: studio.acme.example}}
vault:
  isolation: {isolation}
  clusters: {{EU: "{address}"}}
data_classes:
  internal: {{residency: jurisdiction}}
runtimes:
  collector: {{cpu: 1, memory: 2GiB, data_classes: [internal]}}
accounts:
  platform: {{cloud: aws, id: "111111111111", owner: platform-team}}
  payments: {{cloud: aws, id: "222222222222", owner: payments}}
regions:
  aws/eu-west-1:
    payments: {{network: 10.16.0.0/20, runtimes: [collector]}}
ci: {{repository: acme/estate, environment: production}}
"""
_STUDIOS = count(1)


def estate_at(folder: Path, address: str, *, isolation: str = "namespace") -> Path:
    """Write the file of an estate whose core lies in the EU, with a cluster at an address."""
    path = folder / "regions.yaml"
    studio = f"acme{next(_STUDIOS)}"
    path.write_text(_ESTATE.format(studio=studio, isolation=isolation, address=address))
    return path


@dataclass(frozen=True)
class Core:
    """A core's place in a cluster, with its signing key.

    Attributes:
        server: the cluster.
        estate_file: the estate's file.
        place: the place.
        api: the cluster's API in the place, as root.
    """

    server: Server
    estate_file: Path
    place: names.Place
    api: Api

    @property
    def key(self) -> str:
        """The key's path in the place."""
        return f"{names.transit_mount(self.place)}/keys/{names.SIGNING_KEY}"

    @property
    def path(self) -> str:
        """Namespace, mount and key."""
        mounted = f"{names.transit_mount(self.place)}/{names.SIGNING_KEY}"
        return f"{self.place.namespace}/{mounted}".strip("/")

    def token(self, *capabilities: tuple[str, str]) -> str:
        """A token that may do nothing but this: path in the mount, capability."""
        mounted = names.transit_mount(self.place)
        rules = "\n".join(
            f'path "{mounted}/{path}" {{ capabilities = ["{what}"] }}'
            for path, what in capabilities
        )
        name = f"only-{abs(hash(rules))}"
        self.api.call("PUT", f"sys/policies/acl/{name}", {"policy": rules})
        made = self.api.call(
            "POST", "auth/token/create", {"policies": [name], "no_default_policy": True}
        )
        return str(made["auth"]["client_token"])

    def gate(self) -> dict[str, str]:
        """The variables of a gate that may sign, and no more."""
        return self.variables(("keys/signing", "read"), ("sign/signing", "update"))

    def reader(self) -> dict[str, str]:
        """The variables of an auditor, who may read the public halves."""
        return self.variables(("keys/signing", "read"))

    def variables(self, *capabilities: tuple[str, str]) -> dict[str, str]:
        """The variables for a token that may do this alone."""
        return {
            "VAULT_TOKEN": self.token(*capabilities),
            "VAULT_CACERT": str(self.server.authority),
        }

    def rotate(self) -> None:
        """Add a version to the key."""
        self.api.call("POST", f"{self.key}/rotate", {})

    def archive_below(self, version: int) -> None:
        """Archive older versions."""
        self.api.call("POST", f"{self.key}/config", {"min_decryption_version": version})


def core(
    server: Server, folder: Path, *, isolation: str = "namespace", kind: str = "ed25519"
) -> Core:
    """Set up a core's place, another for each call."""
    folder.mkdir(parents=True, exist_ok=True)
    estate_file = estate_at(folder, server.address, isolation=isolation)
    estate = load_estate(estate_file)
    place = names.cell(estate.core_scope, estate.spec.vault.isolation)
    api = open_place(server.api, place)
    mount(api, names.transit_mount(place), "transit")
    add_key(api, place, names.SIGNING_KEY, kind)
    return Core(server=server, estate_file=estate_file, place=place, api=api)


Answer = tuple[int, bytes]
Reply = Callable[[str, str, dict[str, Any]], "Answer | None"]
"""Method, path and body of a request -> status and body; None hangs up."""


def data(**fields: Any) -> Answer:
    """An answer as Vault gives it."""
    return 200, json.dumps({"data": fields}).encode()


@dataclass
class Liar:
    """A server of our own in Vault's place.

    Attributes:
        address: where it listens.
        certificate: by what it is known.
        seen: the tokens that it was sent.
    """

    address: str
    certificate: Certificate
    seen: list[str] = field(repr=False)


@contextlib.contextmanager
def lying(folder: Path, reply: Reply, *, drip: float = 0) -> Iterator[Liar]:
    """Run a server that answers as a function says.

    Args:
        folder: where its certificate is written.
        reply: gives the answers.
        drip: seconds between one byte of an answer and the next.
    """
    certificate = issue(folder / "liar")
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            seen.append(self.headers.get("X-Vault-Token", ""))
            found = reply(self.command, self.path, body)
            if found is None:
                self.close_connection = True
                return
            status, content = found
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", content.decode())
                content = b""
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for part in _parts(content, drip):
                self.wfile.write(part)
                self.wfile.flush()

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """Say nothing: a client that hangs up is no news."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield Liar(f"https://127.0.0.1:{server.server_port}", certificate, seen)
        finally:
            server.shutdown()
            thread.join()


def _parts(content: bytes, drip: float) -> Iterator[Sequence[int] | bytes]:
    if not drip:
        yield content
        return
    for position in range(len(content)):
        time.sleep(drip)
        yield content[position : position + 1]
