"""What an apply is doing, on disk before it is done: `runs/<run id>/<stack>/`.

Each step of a stack has a folder with `intent.json` (written before anything starts), `child.json`
(which process does it, written before that process works), its output, and `outcome.json`. A step
without an outcome was cut short: whoever runs next settles it.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent_studio.delivery.engine import Finished, launch
from agent_studio.delivery.engine.messages import Messages, read_messages
from agent_studio.delivery.files import private_folder, read_json_if_any, write_json
from agent_studio.delivery.host import Host, lives, this_host
from agent_studio.delivery.toolchain import Toolchain

_LOCK_ID = re.compile(r"tf_backend\.lock\.id=([0-9a-f-]{36})")
_LOG_LIMIT = 64_000_000
"""Bytes of an engine's log that are searched for lock ids."""


@dataclass(frozen=True)
class Step:
    """One engine command of an apply.

    Attributes:
        folder: where it is written down.
    """

    folder: Path

    @property
    def stack(self) -> str:
        """The stack that it works on."""
        return str(self._read("intent").get("stack", ""))

    @property
    def kind(self) -> str:
        """`plan` (of a recovery), `apply`, and after it `second-plan` and `refresh`."""
        return str(self._read("intent").get("kind", ""))

    @property
    def intent(self) -> dict[str, Any]:
        """What was about to be done."""
        return self._read("intent")

    @property
    def outcome(self) -> dict[str, Any] | None:
        """How it ended; None when nobody has settled it."""
        return read_json_if_any(self.folder / "outcome.json")

    @property
    def host(self) -> Host | None:
        """The machine that it ran on; None when it never started."""
        child = self._read("child")
        return Host(**child["host"]) if child else None

    @property
    def pid(self) -> int:
        """The engine's process id; 0 when it never started."""
        return int(self._read("child").get("pid", 0))

    @property
    def started(self) -> float:
        """When the engine's process started, in seconds since the epoch."""
        return float(self._read("child").get("started", 0.0))

    @property
    def messages(self) -> Messages:
        """What the engine printed, as far as it came."""
        return read_messages(self.folder / "stdout")

    def local(self) -> bool:
        """Whether it ran on this machine, in this boot or an earlier one."""
        host = self.host
        return host is None or host.machine == this_host().machine

    def alive(self) -> bool:
        """Whether its process still runs on this machine."""
        host = self.host
        return host is not None and host == this_host() and lives(self.pid, self.started)

    def lock_ids(self) -> set[str]:
        """The ids of the state locks that the engine asked for, from its own log."""
        log = self.folder / "engine.log"
        if not log.exists():
            return set((self.outcome or {}).get("locks", ()))
        with log.open("rb") as file:
            text = file.read(_LOG_LIMIT).decode("utf-8", errors="replace")
        return set(_LOCK_ID.findall(text))

    def settle(self, status: str, **more: Any) -> None:
        """Write down how it ended.

        Args:
            status: `applied`, `unchanged`, `failed`, `planned`, `refreshed`, `recovered` or
                `never-started`.
            more: anything worth keeping beside it.
        """
        locks = sorted(self.lock_ids())
        write_json(
            self.folder / "outcome.json",
            {"status": status, "time": time.time(), "locks": locks, **more},
        )
        # Both may quote planned values, and have served; the locks' ids are kept above.
        (self.folder / "engine.log").unlink(missing_ok=True)
        (self.folder.parent / f"{self.stack}.plan.bin").unlink(missing_ok=True)

    def _read(self, name: str) -> dict[str, Any]:
        return read_json_if_any(self.folder / f"{name}.json") or {}


class Run:
    """One `studio apply`, with a folder of its own.

    Args:
        tools: the engine and the state folder.
    """

    def __init__(self, tools: Toolchain) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        self._tools = tools
        self.id = f"{stamp}-{secrets.token_hex(3)}"
        self.folder = private_folder(tools.layout.runs / self.id)

    def step(
        self,
        stack: str,
        kind: str,
        command: list[str],
        *,
        folder: Path,
        role: str,
        **why: Any,
    ) -> tuple[Step, Finished]:
        """Run one engine command, written down before it works.

        Args:
            stack: the stack that it works on.
            kind: `plan`, `apply`, `second-plan` or `refresh`.
            command: the engine's words.
            folder: its working directory.
            role: the account's role for its providers.
            why: what else to write down with the intent.

        Returns:
            The step, not settled yet, and the command's end.
        """
        step = self._begin(stack, kind, why)
        home = step.folder

        def note(pid: int, started: float) -> None:
            write_json(
                home / "child.json",
                {"pid": pid, "started": started, "host": asdict(this_host())},
            )

        # The engine's own log names the lock that it takes: the one proof that a lock found later
        # is this child's.
        log = {"TF_LOG_CORE": "INFO", "TF_LOG_PATH": str((home / "engine.log").resolve())}
        (home / "engine.log").touch(mode=0o600)
        running = launch(
            command,
            folder=folder,
            environment={**self._tools.environment(role), **log},
            stdout=home / "stdout",
            stderr=home / "stderr",
            before_work=note,
        )
        return step, running.wait()

    def note(self, stack: str, **why: Any) -> Step:
        """Write down an apply for which no engine has to run."""
        return self._begin(stack, "apply", why)

    def _begin(self, stack: str, kind: str, why: dict[str, Any]) -> Step:
        count = len(list(self.folder.glob(f"{stack}.[0-9]*-*")))
        home = private_folder(self.folder / f"{stack}.{count:02d}-{kind}")
        write_json(
            home / "intent.json",
            {"stack": stack, "kind": kind, "time": time.time(), "studio_pid": os.getpid(), **why},
        )
        return Step(home)


def unsettled(runs: Path) -> Iterator[Step]:
    """Every step of every run that nobody has settled, oldest first."""
    for intent in sorted(runs.glob("*/*/intent.json")):
        step = Step(intent.parent)
        if step.outcome is None:
            yield step


def steps_of(runs: Path, stack: str) -> list[Step]:
    """Every step that was ever begun for a stack from this state folder, oldest first."""
    return [
        Step(path.parent)
        for path in sorted(runs.glob("*/*/intent.json"))
        if Step(path.parent).stack == stack
    ]
