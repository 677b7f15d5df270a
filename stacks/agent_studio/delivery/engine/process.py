"""Run the engine with its output in files, so that it can finish when its parent has died."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent_studio.delivery.files import PRIVATE_FILE
from agent_studio.estate.errors import StudioError

# The shell waits for a line before it becomes the engine: whoever starts it can write the
# process's id down first. When the parent dies before that, the read fails and nothing ran.
_WAIT_THEN_BECOME = 'IFS= read -r go || exit 75; exec "$@" </dev/null'

_live: set[subprocess.Popen[bytes]] = set()
_live_guard = threading.Lock()
_stopping = threading.Event()


@dataclass(frozen=True)
class Finished:
    """An engine command that has ended.

    Attributes:
        status: its exit status; negative is the signal that ended it.
        stdout: the file with its standard output.
        stderr: the file with its standard error.
    """

    status: int
    stdout: Path
    stderr: Path


@dataclass(frozen=True)
class Running:
    """A started engine command.

    Attributes:
        pid: its process id, which is its session's id too.
        started: when the kernel says it started, in seconds since the epoch.
    """

    pid: int
    started: float
    process: "subprocess.Popen[bytes]"
    stdout: Path
    stderr: Path

    def wait(self) -> Finished:
        """Wait until the command has ended."""
        try:
            status = self.process.wait()
        finally:
            with _live_guard:
                _live.discard(self.process)
        return Finished(status, self.stdout, self.stderr)


def launch(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stdout: Path,
    stderr: Path,
    before_work: Callable[[int, float], None] | None = None,
) -> Running:
    """Start the engine in a session of its own.

    Args:
        command: the engine's words with its arguments.
        folder: its working directory.
        environment: its whole environment.
        stdout: the file for its standard output; replaced.
        stderr: the file for its standard error; replaced.
        before_work: called with the process id and start time before the engine itself runs; when
            it raises, the engine never runs.

    Raises:
        StudioError: the process could not be started, or all work was asked to stop.
    """
    pause(0)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    out = os.open(stdout, flags, PRIVATE_FILE)
    err = os.open(stderr, flags, PRIVATE_FILE)
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _WAIT_THEN_BECOME, "sh", *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    except OSError as error:
        raise StudioError(f"cannot start {command[0]}", found=str(error)) from error
    finally:
        os.close(out)
        os.close(err)
    assert process.stdin is not None  # noqa: S101 - asked for above
    try:
        started = psutil.Process(process.pid).create_time()
        if before_work is not None:
            before_work(process.pid, started)
        with _live_guard:
            _live.add(process)
        process.stdin.write(b"go\n")
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        process.stdin.close()
    return Running(process.pid, started, process, stdout, stderr)


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stdout: Path,
    stderr: Path,
) -> Finished:
    """Start the engine and wait for its end; see `launch`."""
    return launch(
        command, folder=folder, environment=environment, stdout=stdout, stderr=stderr
    ).wait()


def pause(seconds: float) -> None:
    """Wait; no longer than until all work is asked to stop.

    Args:
        seconds: how long.

    Raises:
        StudioError: all work was asked to stop.
    """
    if _stopping.wait(seconds):
        raise StudioError("asked to stop")


def allow_all() -> None:
    """Let engines start again after `interrupt_all`."""
    _stopping.clear()


def interrupt_all() -> int:
    """Ask every running engine to stop after what it is doing, as Ctrl-C would; start no other.

    Returns:
        How many were asked. Terraform writes its state before it stops.
    """
    _stopping.set()
    with _live_guard:
        processes = [process for process in _live if process.poll() is None]
    for process in processes:
        process.send_signal(signal.SIGINT)
    return len(processes)
