"""Documents read with bounds: whatever is odd about one is an error, never a guess."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import StudioError

LARGEST_DOCUMENT = 512 * 1024 * 1024
"""Bytes of the largest file that the gate reads; a plan of 10,000 resources has about 60 MB."""


class Unreadable(Exception):  # noqa: N818 - it says what the document is
    """A document that can't be judged; its text says why."""


def policy_file(name: str) -> Path:
    """Find a file of the policies folder, in a checkout or in an installed wheel.

    A bundle that was put in force (`bundle.chosen`) takes the folder's place, as a whole.

    Args:
        name: path under `policies/`, e.g. `controls.yaml`.

    Raises:
        StudioError: the installation lacks the file, or the bundle in force is not what its
            digest says.
    """
    path = policy_root() / name
    if path.is_file():
        return path
    raise StudioError(
        "a file of the gate's rules is missing",
        found=name,
        fix="install agent-studio again; the gate does not judge without its rules",
    )


def policy_root() -> Path:
    """The policies folder whose rules hold in this process.

    Raises:
        StudioError: the bundle in force is not what its digest says.
    """
    if "STUDIO_POLICIES" in os.environ:
        from agent_studio.policies.bundle import chosen

        put = chosen.active()
        if put is not None:
            return put.folder
    here = Path(__file__).resolve()
    checkout = here.parents[2]
    return checkout if (checkout / "controls.yaml").is_file() else here.parent / "data"


def read_bytes(path: Path, *, limit: int = LARGEST_DOCUMENT) -> bytes:
    """Read a regular file of at most `limit` bytes.

    Raises:
        Unreadable: it is missing, too large, or not a regular file (a pipe would hang the gate).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unreadable(f"{path.name} can't be opened: {error.strerror}") from None
    try:
        file = os.fdopen(descriptor, "rb")
    except IsADirectoryError:
        os.close(descriptor)
        raise Unreadable(f"{path.name} is not a regular file") from None
    with file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{path.name} is not a regular file")
        if status.st_size > limit:
            raise Unreadable(f"{path.name} is larger than {limit} bytes")
        return file.read(limit)


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON object strictly: UTF-8, no duplicate keys, no NaN.

    A key that stands twice is refused, since readers differ in which one they believe.

    Raises:
        Unreadable: the file is anything else.
    """
    return parse_json_object(read_bytes(path), name=path.name)


def parse_json_object(content: bytes, *, name: str) -> dict[str, Any]:
    """Parse a JSON object strictly; `name` stands in the error.

    Raises:
        Unreadable: the content is anything else.
    """
    try:
        value = json.loads(
            content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant
        )
    except UnicodeDecodeError:
        raise Unreadable(f"{name} is not UTF-8") from None
    except RecursionError:
        raise Unreadable(f"{name} is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"{name} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable(f"{name} holds no JSON object")
    return value


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one of the policies folder's own YAML files.

    Raises:
        StudioError: it holds no YAML mapping, or a key stands twice.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        value = YAML(typ="safe", pure=True).load(read_bytes(path, limit=16 * 1024 * 1024))
    except (YAMLError, Unreadable, UnicodeDecodeError) as error:
        raise StudioError(
            f"{path.name} can't be read", found=str(error), fix="correct the file"
        ) from None
    if not isinstance(value, dict):
        raise StudioError(f"{path.name} holds no mapping", fix="correct the file")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} stands twice")
    return value


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
