"""Which machine this is, and whether a process that was written down still lives on it."""

import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_TOLERANCE = 0.05
"""Seconds by which two readings of one process's start time may differ: the kernel counts clock
ticks of 10 ms."""


@dataclass(frozen=True)
class Host:
    """A machine between two boots.

    Attributes:
        name: its host name.
        machine: what tells it from another of the same name.
        boot: what tells this boot from any other.
    """

    name: str
    machine: str
    boot: str


def this_host() -> Host:
    """Identify this machine (Linux: machine-id(5), random(4); elsewhere its boot time)."""
    machine = _first_line("/etc/machine-id") or socket.gethostname()
    boot = _first_line("/proc/sys/kernel/random/boot_id") or str(int(psutil.boot_time()))
    return Host(socket.gethostname(), machine, boot)


def lives(pid: int, started: float) -> bool:
    """Whether the process with this id and start time, and no later one, is still running."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started) > _TOLERANCE:
            return False
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def end_session(session: int, started: float) -> int:
    """Kill what a dead engine left behind: providers in its session, which could still create.

    Args:
        session: the engine's process id, which is its session's id.
        started: when the engine started; older processes are not its children.

    Returns:
        How many processes were killed.
    """
    left = []
    for process in psutil.process_iter(["create_time"]):
        try:
            belongs = os.getsid(process.pid) == session and process.pid != session
        except (ProcessLookupError, PermissionError):
            continue
        if belongs and process.info["create_time"] >= started - _TOLERANCE:
            left.append(process)
    for process in left:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=10)
    return len(left)


def wait_for(pid: int, started: float) -> None:
    """Wait until a process that is not our child has ended."""
    while lives(pid, started):
        time.sleep(0.2)


def _first_line(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").split("\n", 1)[0] or None
    except OSError:
        return None
