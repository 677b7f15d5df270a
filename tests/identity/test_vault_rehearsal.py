"""The rehearsal's servers: as in production, and gone in all cases."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal.vault import server as servers
from agent_studio.rehearsal.vault.server import Server, running

PROGRAM = """
import sys, time
from agent_studio.rehearsal.vault.server import running
with running() as server:
    print(server.folder, server.api.address, flush=True)
    if sys.argv[1] == "raise":
        raise SystemExit(1)
    time.sleep(60)
"""


def servers_of(folder: str) -> list[psutil.Process]:
    """Processes whose command line names the folder."""
    return [
        each
        for each in psutil.process_iter(["cmdline"])
        if any(folder in part for part in each.info["cmdline"] or ())
    ]


@pytest.mark.parametrize("end", ["raise", "SIGKILL"])
def test_nothing_is_left(end: str) -> None:
    """However whoever started it ends, the server is stopped and its folder removed."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, end],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        folder, _ = process.stdout.readline().split()
        if end != "raise":
            assert len(servers_of(folder)) == 2, "the guard and the server"
            process.send_signal(signal.SIGKILL)
        process.wait(20)
    until = time.monotonic() + 10
    while (servers_of(folder) or Path(folder).exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not servers_of(folder)
    assert not Path(folder).exists()


def test_a_guard_that_is_killed_takes_its_server_along() -> None:
    """Even a killed guard leaves no server behind."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells a child that its parent died")
    with running() as server:
        (guard,) = (
            each
            for each in servers_of(str(server.folder))
            if "guard.py" in " ".join(each.cmdline())
        )
        guard.kill()
        until = time.monotonic() + 5
        while server.api.status("sys/health") and time.monotonic() < until:
            time.sleep(0.05)
        assert server.api.status("sys/health") == 0


def test_the_server_is_no_development_server() -> None:
    """Sealed at start, Raft, TLS, an audit log, files for its owner alone, an empty environment."""
    with running() as server:
        api = server.api
        status = api.call("GET", "sys/seal-status")
        assert (status["type"], status["storage_type"], status["t"], status["n"]) == (
            "shamir",
            "raft",
            2,
            3,
        )
        assert "file/" in api.call("GET", "sys/audit")["data"]
        assert server.audit.stat().st_size > 0
        for path in (server.folder, server.folder / "server.json", server.log, server.audit):
            assert not path.stat().st_mode & 0o077, path
        assert not (server.folder / "tls" / "server.key").stat().st_mode & 0o077
        (process,) = (
            each
            for each in servers_of(str(server.folder))
            if "guard.py" not in " ".join(each.cmdline())
        )
        # Python itself sets the last one for its children (PEP 538).
        assert set(process.environ()) <= {"HOME", "PATH", "TMPDIR", "LC_CTYPE"}
        host, _, port = server.address.removeprefix("https://").partition(":")
        with (
            socket.create_connection((host, int(port))) as raw,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context().wrap_socket(raw, server_hostname=host)


def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the server's last line and its log, and nothing keeps running."""
    monkeypatch.setattr(servers, "program", lambda: Path("/bin/false"))
    server = Server(tmp_path)
    with pytest.raises(StudioError, match="did not start"):
        server.start()
    assert not servers_of(str(tmp_path))
    assert os.path.exists(server.log)


def test_a_taken_port_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody took a port between the look and the start, others are tried."""
    free = servers._free_ports
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [[taken.getsockname()[1], *free(1)], free(2)]
        monkeypatch.setattr(servers, "_free_ports", lambda _: ports.pop(0))
        with running() as server:
            assert server.api.status("sys/health") == 200
    assert not ports
