"""Writes an estate file so that a reader sees the old text or the new, never half of one."""

import os
import tempfile
from pathlib import Path

from agent_studio.estate.errors import StudioError

_MARK = b"\xef\xbb\xbf"


def write_text(path: Path, text: str) -> None:
    """Replace the text of an existing file in one step.

    A byte-order mark, the permissions and a symbolic link to the file are kept.

    Args:
        path: the file.
        text: its new text, line ends as they are to stand.

    Raises:
        StudioError: the file can't be written; it is unchanged then.
    """
    target = path.resolve()
    try:
        with target.open("rb") as file:
            mark = _MARK if file.read(len(_MARK)) == _MARK else b""
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(mark + text.encode())
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(target.stat().st_mode & 0o7777)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StudioError(
            "the estate file can't be written",
            found=f"{path}: {error.strerror}",
            fix="check the permissions of the file and its folder",
        ) from None
