"""What was killed and undone, by whom and when: `kill/journal.jsonl` below the state folder.

One JSON object a line, on disk before what it tells of is done. Lines are only ever added.
"""

import fcntl
import json
import os
import pwd
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_studio.delivery.files import PRIVATE_FILE, private_folder, sync_folder
from agent_studio.estate.errors import StudioError


def who() -> str:
    """Who runs this process, and where: `<user>@<host>`.

    As the system knows the user; variables such as USER hold whatever somebody wrote there.
    """
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # A container may run under a number that has no name.
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def now() -> str:
    """The time, as ISO 8601 with milliseconds, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _id() -> str:
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Journal:
    """The journal, as one kill or undo writes it.

    Attributes:
        path: the file.
        id: what all lines of this kill have in common.
    """

    path: Path
    id: str = field(default_factory=_id)

    def write(self, event: str, **what: Any) -> None:
        """Add a line; it is on disk when this returns.

        Args:
            event: `begin`, `former`, `refused`, `end` or `interrupted`.
            what: all else.

        Raises:
            StudioError: it can't be written, so nothing may be done.
        """
        entry = {"id": self.id, "event": event, "time": now(), **what}
        line = json.dumps(entry, sort_keys=True, ensure_ascii=True) + "\n"
        try:
            self._append(line.encode())
        except OSError as error:
            raise StudioError(
                f"the journal {self.path} can't be written",
                found=error.strerror or str(error),
                fix="name a folder that can be written with --state-dir",
            ) from None

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every line that can be read, the oldest first; a line that was cut short is passed by."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StudioError(
                f"the journal {self.path} can't be read", found=error.strerror or str(error)
            ) from None
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry

    def former(self) -> Mapping[str, list[str]]:
        """From where each role took logins before it was closed, by the role's key."""
        return {
            str(entry["role"]): [str(each) for each in entry["networks"]]
            for entry in self.entries()
            if entry.get("event") == "former"
            and isinstance(entry.get("networks"), list)
            and "role" in entry
        }

    def _append(self, line: bytes) -> None:
        private_folder(self.path.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        handle = os.open(self.path, flags, PRIVATE_FILE)
        try:
            # Released when the file is closed, however this ends.
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                line = b"\n" + line
            while line:
                line = line[os.write(handle, line) :]
            os.fsync(handle)
            if not size:
                sync_folder(self.path.parent)
        finally:
            os.close(handle)
