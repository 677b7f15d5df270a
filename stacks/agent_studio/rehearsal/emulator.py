"""Start and stop the AWS emulator."""

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from agent_studio.estate.errors import StudioError

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0

# moto reads these when it is imported (moto documentation, "Environment Variables").
_SETTINGS = {
    # A certificate is validated at once, as when its DNS record is already found.
    "MOTO_ACM_VALIDATION_WAIT": "1",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a running emulator listens.

    Attributes:
        url: `http://127.0.0.1:<port>`.
        pid: the emulator's process id.
        log: where it writes one line a call, and its own errors.
    """

    url: str
    pid: int
    log: Path

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables that point Terraform's AWS provider and boto3 at the emulator.

        The keys are no secret and open nothing: they belong to the emulator alone. Profiles and
        tokens of a real account are taken out, so that none can be used by mistake.

        Args:
            base: the environment to start from; the process's own by default.
        """
        kept = {
            name: value
            for name, value in (os.environ if base is None else base).items()
            if not name.startswith("AWS_")
        }
        return kept | self.variables

    @property
    def variables(self) -> dict[str, str]:
        """Just the variables that `environment` sets."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextlib.contextmanager
def running(log: Path) -> Iterator[Endpoint]:
    """Run the emulator on a free loopback port; it is always stopped at the end.

    It stops when the block is left, when the interpreter exits, and, by its own watch over its
    parent, when this process is killed.

    Args:
        log: the file to write its log to; replaced if it is there.

    Yields:
        where it listens, once it answers.

    Raises:
        StudioError: it did not start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent_studio.rehearsal.server", "--parent", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            env={**os.environ, **_SETTINGS},
            start_new_session=True,
        )
    atexit.register(_stop, process)
    try:
        port = _ready(process, log)
        yield Endpoint(url=f"http://127.0.0.1:{port}", pid=process.pid, log=log)
    finally:
        _stop(process)
        atexit.unregister(_stop)


def _ready(process: "subprocess.Popen[bytes]", log: Path) -> int:
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    until = monotonic() + _START_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if selector.select(max(0.0, until - monotonic())) and (line := process.stdout.readline()):
            return int(json.loads(line)["port"])
    raise StudioError(
        "the AWS emulator did not start",
        found=_last_line(log),
        fix=f"read {log}; install the extra `dev` (it brings moto's server)",
    )


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "an empty log"


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
