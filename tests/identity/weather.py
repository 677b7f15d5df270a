"""A way to a server on which the weather changes, and servers that are none."""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agent_studio.rehearsal.vault.certificates import Certificate, issue

Mode = Literal["fair", "refuse", "hang", "drip", "cut"]

_DRIP_SECONDS = 0.2


class Way:
    """A TCP proxy to one address.

    Modes: `fair` passes everything; `refuse` closes new connections at once; `hang` accepts and
    passes nothing; `drip` passes one byte of each answer now and then; `cut` closes whatever is
    open and then is fair.

    Args:
        target: host and port to pass to.
        source: the address from which the target is connected to.
    """

    def __init__(self, target: tuple[str, int], source: str) -> None:
        self.mode: Mode = "fair"
        self.accepted = 0
        self._target, self._source = target, source
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address that clients use."""
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def turn(self, mode: Mode) -> None:
        """Change the weather; open connections feel it, too."""
        self.mode = mode
        if mode in ("cut", "refuse"):
            for each in list(self._open):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close everything."""
        self._stopped = True
        self.turn("cut")
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2)

    def _accept(self) -> None:
        while not self._stopped:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(client)
            if self.mode == "refuse":
                return
            try:
                server = socket.create_connection(self._target, 5, (self._source, 0))
            except OSError:
                return
            stack.enter_context(server)
            both = {client, server}
            self._open |= both
            stack.callback(self._open.difference_update, both)
            with contextlib.suppress(OSError):
                while not self._stopped:
                    ready, _, _ = select.select([client, server], [], [], 0.1)
                    for each in ready:
                        if not self._pass(each, client, server):
                            return

    def _pass(self, one: socket.socket, client: socket.socket, server: socket.socket) -> bool:
        while self.mode == "hang" and not self._stopped:
            time.sleep(0.02)
        slow = self.mode == "drip" and one is server
        data = one.recv(1 if slow else 65536)
        if slow:
            time.sleep(_DRIP_SECONDS)
        (server if one is client else client).sendall(data)
        return bool(data)


@contextlib.contextmanager
def way(address: str, source: str) -> Iterator[Way]:
    """Open a way to a server's address, and close it."""
    host, _, port = address.removeprefix("https://").partition(":")
    opened = Way((host, int(port)), source)
    try:
        yield opened
    finally:
        opened.close()


@dataclass
class Impostor:
    """A TLS server that gives one answer to everything, and keeps what it was sent.

    With a pause it sends one byte at a time, each in a TLS record of its own.
    """

    address: str
    certificate: Certificate
    answer: bytes = b""
    pause: float = 0.0
    seen: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def impostor(folder: Path, certificate: Certificate | None = None) -> Iterator[Impostor]:
    """Run an impostor; without a certificate it has one of an authority of its own."""
    own = certificate or issue(folder, "impostor")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.chain, own.key)
    listener = socket.create_server(("127.0.0.1", 0))
    made = Impostor(f"https://127.0.0.1:{listener.getsockname()[1]}", own)
    stopped = threading.Event()

    def serve(raw: Any) -> None:
        with contextlib.suppress(OSError), raw:
            raw.settimeout(5)
            with context.wrap_socket(raw, server_side=True) as connection:
                made.seen.append(connection.recv(65536))
                if not made.pause:
                    connection.sendall(made.answer)
                    return
                for byte in made.answer:
                    connection.sendall(bytes([byte]))
                    stopped.wait(made.pause)

    def accept() -> None:
        while not stopped.is_set():
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(raw,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        stopped.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)
