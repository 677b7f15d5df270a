"""Files written whole or not at all, for their owner's eyes."""

import os
import tempfile
from pathlib import Path


def write_private(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file as a whole, on disk before this returns, readable by its owner alone.

    Args:
        path: the file; its folder must be there.
        content: what it holds.
        replace: whether a file that is there is replaced; else it stays.

    Raises:
        FileExistsError: the file is there and may not be replaced.
        OSError: it can't be written.
    """
    # mkstemp makes the file for its owner alone (0600).
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(name, path)
        else:
            os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
