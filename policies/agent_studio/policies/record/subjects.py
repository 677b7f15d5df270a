"""What a gate record is about: files, by their SHA-256."""

import hashlib
import os
import stat
from pathlib import Path

from agent_studio.estate.errors import StudioError

_LARGEST = 1024**3


def sha256(path: Path, *, what: str = "plan file") -> str:
    """Hexadecimal SHA-256 of a regular file of at most 1 GiB.

    Args:
        path: the file.
        what: what errors call it.

    Raises:
        StudioError: it can't be read.
    """
    fix = "run `studio plan` again"
    try:
        # A pipe would hang the reader.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise StudioError(f"a {what} is not a regular file", found=str(path), fix=fix)
            if status.st_size > _LARGEST:
                raise StudioError(f"a {what} is larger than 1 GiB", found=str(path))
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StudioError(
            f"a {what} can't be read", found=f"{path}: {error.strerror}", fix=fix
        ) from None
