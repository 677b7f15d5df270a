"""Plain files between the steps: written whole or not at all, private where they hold values."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def private_folder(path: Path) -> Path:
    """Make a folder that its owner alone may enter: plans and states hold secrets."""
    path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    path.chmod(PRIVATE_FOLDER)
    return path


def write_text(path: Path, text: str) -> None:
    """Replace a file as a whole, on disk before this returns, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write an object as JSON with sorted keys, as `write_text` does."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        StudioError: the file cannot be read, or holds something else.
    """
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise StudioError(f"cannot read {path}", found=error.strerror or str(error)) from error
    except ValueError as error:
        raise StudioError(
            f"{path} is not JSON", found=str(error), fix="remove it and run the step again"
        ) from error
    if not isinstance(value, dict):
        raise StudioError(f"{path} holds no JSON object", found=type(value).__name__)
    return value


def read_json_if_any(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None when there is no such file."""
    return read_json(path) if path.exists() else None


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(path: Path) -> None:
    """Put a folder's entries on disk, so that a rename outlives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
