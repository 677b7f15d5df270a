"""What belongs into a bundle, collected from the folders where it lies."""

import os
from collections.abc import Iterator
from pathlib import Path

from agent_studio.estate.catalogue import data
from agent_studio.policies.documents import Unreadable, read_bytes

FOLDERS = ("cedar", "checkov")
EXCEPTIONS = "exceptions.yaml"
RELEASE = "bundle.yaml"
"""Names the bundle, and is no part of it."""
CATALOGUE = "catalogue"
_LARGEST_FILE = 16 * 1024 * 1024
_MOST_FILES = 2000
_LEFT_OUT = frozenset({"__pycache__"})
_NO_RULE = frozenset({".md", ".pyc"})


def collect(root: Path, exceptions: Path | None) -> dict[str, bytes]:
    """Collect the rules of a policies folder and the catalogue that is in force.

    Every table of the folder is a rule, so that none can be forgotten here.

    Args:
        root: the policies folder.
        exceptions: the exceptions' file, if there is one.

    Returns:
        Name in the bundle -> content. `cedar/` and `checkov/` may be absent.

    Raises:
        Unreadable: a file can't be read, or is none (a link to elsewhere, a pipe).
    """
    tables = {path.name for path in root.glob("*.yaml")} - {EXCEPTIONS, RELEASE}
    files = {name: _read(root / name) for name in tables}
    for folder in FOLDERS:
        for path in _walk(root / folder):
            files[path.relative_to(root).as_posix()] = _read(path)
    if exceptions is not None:
        files[EXCEPTIONS] = _read(exceptions)
    for name in data.FILES:
        files[f"{CATALOGUE}/{name}"] = data.raw(name)
    return files


def everything(folder: Path) -> dict[str, bytes]:
    """Collect every file below a folder, so that nothing can be added to an unpacked bundle.

    Raises:
        Unreadable: a file can't be read, or is none.
    """
    return {path.relative_to(folder).as_posix(): _read(path) for path in _walk(folder, strict=True)}


def _walk(folder: Path, *, strict: bool = False) -> Iterator[Path]:
    count = 0
    if not os.path.lexists(folder):
        return
    for place, folders, names in os.walk(folder, onerror=_unlisted):
        if not strict:
            folders[:] = [name for name in folders if name not in _LEFT_OUT and name[0] != "."]
        for name in folders:
            if (Path(place) / name).is_symlink():
                raise Unreadable(f"{name} is a link to a folder")
        for name in names:
            path = Path(place) / name
            if strict or (name[0] != "." and path.suffix not in _NO_RULE):
                count += 1
                if count > _MOST_FILES:
                    raise Unreadable(f"{folder.name} holds more than {_MOST_FILES} files")
                yield path


def _unlisted(error: OSError) -> None:
    raise Unreadable(f"{error.filename} can't be listed: {error.strerror}")


def _read(path: Path) -> bytes:
    return read_bytes(path, limit=_LARGEST_FILE)
