"""What a twin's cloud holds: one file for each resource, in a folder."""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent_studio.rehearsal.twins.errors import Refused


class Store:
    """A folder of resources, safe for several providers at once.

    Args:
        folder: where it lies; made if need be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self, type_: str, id_: str) -> dict[str, Any] | None:
        """A resource's values; None where there is no such resource."""
        try:
            found: dict[str, Any] = json.loads(self._file(type_, id_).read_bytes())["values"]
        except FileNotFoundError:
            return None
        return found

    def create(self, type_: str, id_: str, values: dict[str, Any]) -> None:
        """Keep a new resource.

        Raises:
            Refused: its name is taken.
        """
        with self._locked():
            if self._file(type_, id_).exists():
                raise Refused(
                    f"{type_} {id_} exists already",
                    "A resource of this name is there, and not in this state. Import it, or choose "
                    "another name.",
                )
            self._write(type_, id_, values)

    def update(self, type_: str, id_: str, values: dict[str, Any]) -> None:
        """Replace what a resource holds.

        Raises:
            Refused: it is gone.
        """
        with self._locked():
            if not self._file(type_, id_).exists():
                raise Refused(f"{type_} {id_} does not exist", "Somebody deleted it. Plan again.")
            self._write(type_, id_, values)

    def delete(self, type_: str, id_: str) -> None:
        """Forget a resource; one that is gone already is no error."""
        with self._locked():
            self._file(type_, id_).unlink(missing_ok=True)

    def all(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Every resource: type, id and values, in a stable order."""
        for file in sorted(self.folder.glob("*/*.json")):
            held = json.loads(file.read_bytes())
            yield held["type"], held["id"], held["values"]

    def _file(self, type_: str, id_: str) -> Path:
        # An id can hold slashes and be longer than a file's name may be.
        return self.folder / type_ / f"{hashlib.sha256(id_.encode()).hexdigest()[:32]}.json"

    def _write(self, type_: str, id_: str, values: dict[str, Any]) -> None:
        file = self._file(type_, id_)
        file.parent.mkdir(exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as text:
            json.dump({"type": type_, "id": id_, "values": values}, text, indent=2, sort_keys=True)
        Path(name).replace(file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
