"""A bundle's archive: a plain tar file that depends on nothing but names and contents.

Not compressed, so that no release of a compression library changes the digest, which is the
SHA-256 of the file itself: `sha256sum` shows the same.
"""

import hashlib
import io
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_studio.policies.documents import Unreadable

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest archive."""
_MOST_FILES = 2000
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*"
# The ustar format takes names of at most 100 bytes without a prefix field.
_NAME = re.compile(rf"(?=.{{1,100}}\Z){_PART}(?:/{_PART})*")


@dataclass(frozen=True)
class Archive:
    """A bundle's files.

    Attributes:
        files: name -> content.
    """

    files: Mapping[str, bytes]

    def packed(self) -> bytes:
        """The archive.

        Raises:
            Unreadable: a name or the whole is too long, or a name leads elsewhere.
        """
        if len(self.files) > _MOST_FILES:
            raise Unreadable(f"a bundle holds more than {_MOST_FILES} files")
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name in sorted(self.files):
                if not _NAME.fullmatch(name):
                    raise Unreadable(f"a bundle can't hold a file named {name[:120]!r}")
                # Every other field of the header is zero or empty from the start.
                member = tarfile.TarInfo(name)
                member.mode = 0o644
                member.size = len(self.files[name])
                tar.addfile(member, io.BytesIO(self.files[name]))
        if buffer.tell() > LARGEST:
            raise Unreadable(f"a bundle is larger than {LARGEST} bytes")
        return buffer.getvalue()

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the archive."""
        return digest_of(self.packed())

    def unpack(self, folder: Path) -> None:
        """Write the files into an empty folder, readable by their owner alone.

        Raises:
            OSError: a file can't be written, or is there already.
        """
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("xb") as file:
                file.write(content)
            path.chmod(0o600)


def unpacked(content: bytes, *, name: str) -> Archive:
    """Read an archive strictly: what `Archive.packed` would not have written is refused.

    Raises:
        Unreadable: it is no such archive.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            for member in tar:
                reader = tar.extractfile(member) if member.isreg() else None
                if reader is None or len(files) >= _MOST_FILES:
                    raise Unreadable(f"{name} is not a bundle")
                files[member.name] = reader.read()
    except (tarfile.TarError, ValueError, OSError, EOFError):
        raise Unreadable(f"{name} is not a bundle") from None
    archive = Archive(files)
    if archive.packed() != content:
        raise Unreadable(f"{name} is not written as a bundle is")
    return archive


def digest_of(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()
