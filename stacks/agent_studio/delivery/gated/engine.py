"""The real engine under `studio-terraform`: found, run for the plan, and at last become."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from agent_studio.delivery.engine import Engine, discover
from agent_studio.delivery.files import PRIVATE_FILE
from agent_studio.estate.errors import StudioError

LOOKING = "STUDIO_TERRAFORM_LOOKING"
"""Set while the engine is looked for: what answers then and is not an engine is this program."""

_FORWARDED = (signal.SIGTERM, signal.SIGHUP)
_SIGNALLED = 128
"""A shell's exit status of a command that a signal ended begins here."""


def find() -> Engine:
    """Find the engine as the pipeline does; this program itself never counts as one.

    Raises:
        StudioError: none fits.
    """
    os.environ[LOOKING] = "1"
    try:
        return discover()
    finally:
        del os.environ[LOOKING]


def become(engine: Engine, words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Become the engine: streams, signals and exit status are its own from here on.

    Raises:
        StudioError: it can't be started.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    command = [*engine.command, *words]
    try:
        os.execvpe(command[0], command, dict(environment))  # noqa: S606 - by design
    except OSError as error:
        raise StudioError(f"cannot start {command[0]}", found=str(error)) from None


def run(engine: Engine, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the engine on this process's own streams.

    A terminal interrupts both processes: the engine ends in its own way, and the signal is then
    this process's end. Signals that were sent to this process alone are handed on.

    Returns:
        Its exit status, as a shell would have it.
    """
    interrupted = False

    def remember(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True

    sys.stdout.flush()
    sys.stderr.flush()
    with _handling({signal.SIGINT: remember}):
        process = subprocess.Popen([*engine.command, *words], env=dict(environment))

        def forward(number: int, _frame: FrameType | None) -> None:
            process.send_signal(number)

        with _handling(dict.fromkeys(_FORWARDED, forward)):
            status = process.wait()
    if status < 0:
        return _SIGNALLED - status
    return _SIGNALLED + signal.SIGINT if interrupted and status == 0 else status


def write_json(
    engine: Engine, words: Sequence[str], environment: Mapping[str, str], target: Path
) -> None:
    """Write what the engine prints into a file of its owner's alone.

    Raises:
        StudioError: the engine failed.
    """
    target.unlink(missing_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        done = subprocess.run(
            [*engine.command, *words],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.PIPE,
            check=False,
        )
    if done.returncode != 0:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise StudioError("the plan can't be read", found=reason[:400])


@contextmanager
def _handling(handlers: "Mapping[signal.Signals, signal._HANDLER]") -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
