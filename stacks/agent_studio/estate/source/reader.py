"""Bytes to text: size, encoding and characters are checked before anything is parsed."""

import re
import stat
from pathlib import Path

from agent_studio.estate.problems import EstateInvalid, Problem

MAX_BYTES = 1024 * 1024
"""About 10,000 cells; a larger estate is several studios."""

# YAML 1.2.2, production 1 (c-printable), less what no estate needs: C1 controls and the
# line separators that editors don't count as lines.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_text(path: Path) -> str:
    """Read an estate file.

    Args:
        path: a regular file of at most 1 MiB in UTF-8, with or without a byte-order mark.

    Returns:
        Its text, line ends as they stand.

    Raises:
        EstateInvalid: the file is missing, too large, no file, or holds no clean text.
    """
    return decode(path, _read_bytes(path))


def decode(path: Path | str, data: bytes) -> str:
    """Turn the bytes of an estate file into text; raises as `read_text` does."""
    if len(data) > MAX_BYTES:
        raise _whole(
            path,
            "the file is too large",
            found=f"{len(data):,} bytes or more",
            allowed=f"at most {MAX_BYTES:,} bytes",
            fix="split the estate into several studios",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise EstateInvalid(
            path,
            [
                Problem(
                    line=line,
                    column=column,
                    path="",
                    message="the file is not UTF-8 text",
                    found=f"byte 0x{data[error.start]:02x}",
                    allowed="UTF-8",
                    fix="save the file with the encoding UTF-8",
                )
            ],
        ) from None
    problems = [
        Problem(
            line=text.count("\n", 0, bad.start()) + 1,
            column=bad.start() - text.rfind("\n", 0, bad.start()),
            path="",
            message="a character that may not stand in an estate file",
            found=f"U+{ord(bad.group()):04X}",
            allowed="printable text, spaces and line ends",
            fix="delete the character",
        )
        for bad, _ in zip(_FORBIDDEN.finditer(text), range(20), strict=False)
    ]
    if problems:
        raise EstateInvalid(path, problems)
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _whole(
                path,
                "this is no file",
                found="a directory" if path.is_dir() else "a special file",
                allowed="a regular file",
                fix="name the estate file with --estate FILE",
            )
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _whole(
            path,
            "there is no such file",
            allowed="a regions.yaml",
            fix="run studio where regions.yaml is, or name the file with --estate FILE",
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _whole(
            path,
            "the file can't be read",
            found=reason or type(error).__name__,
            allowed="a readable file",
            fix="check the file's name and permissions",
        ) from None


def _whole(
    path: Path | str, message: str, *, found: str | None = None, allowed: str, fix: str
) -> EstateInvalid:
    problem = Problem(
        line=1, column=1, path="", message=message, found=found, allowed=allowed, fix=fix
    )
    return EstateInvalid(path, [problem])
