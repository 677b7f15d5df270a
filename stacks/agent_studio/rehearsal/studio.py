"""Calls of the `studio` command itself, so that a rehearsal runs exactly what people run."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError

_MAIN = "from agent_studio.cli.main import main; main()"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a call ended with.

    Attributes:
        status: the exit status.
        data: what it printed as JSON; empty where it printed none.
        log: where its standard error went.
        last_line: the last line of it.
    """

    status: int
    data: dict[str, Any]
    log: Path
    last_line: str


@dataclass(frozen=True, kw_only=True)
class Studio:
    """The command with the options and the environment of one rehearsal.

    Attributes:
        estate: the estate's file.
        state_dir: where its steps keep their files.
        environment: all of its environment.
        logs: where its standard error is kept, a file a call.
        tell: told of each line that it writes to standard error.
    """

    estate: Path
    state_dir: Path
    environment: Mapping[str, str]
    logs: Path
    tell: Callable[[str], None]

    def call(self, name: str, *words: str, allowed: frozenset[int] = frozenset({0})) -> Answer:
        """Run one command with `--format json`.

        Args:
            name: names the log file.
            words: the command and its options.
            allowed: exit statuses that are no failure.

        Raises:
            StudioError: it ended otherwise; the line names the log.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name.replace(' ', '-')}.log"
        command = [
            sys.executable,
            "-c",
            _MAIN,
            f"--estate={self.estate}",
            f"--state-dir={self.state_dir}",
            "--format=json",
            *words,
        ]
        process = subprocess.Popen(
            command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        lines: list[str] = []
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        assert process.stderr is not None  # noqa: S101 - a pipe was asked for
        with log.open("w", encoding="utf-8") as sink:

            def follow(stream: Any) -> None:
                for line in stream:
                    sink.write(line)
                    if line.strip():
                        lines.append(line.strip())
                        self.tell(f"{name}: {line.strip()}")

            follower = threading.Thread(target=follow, args=(process.stderr,))
            follower.start()
            try:
                printed = process.stdout.read()
                status = process.wait()
            except BaseException:
                process.terminate()
                process.wait()
                raise
            finally:
                follower.join()
        last = lines[-1] if lines else ""
        if status not in allowed:
            (log.with_suffix(".json")).write_text(printed, encoding="utf-8")
            raise StudioError(
                f"`studio {' '.join(words)}` ended with {status}",
                found=last.removeprefix("error: ") or printed.strip()[-300:] or None,
                fix=f"read {log}",
            )
        return Answer(status=status, data=_parsed(printed), log=log, last_line=last)


def _parsed(printed: str) -> dict[str, Any]:
    try:
        data = json.loads(printed)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
