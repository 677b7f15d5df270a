"""The part of a provider's schema that a plan file needs."""

import re
import zipfile
from pathlib import Path

from agent_studio.policies.wire import field, fields

_BY_TYPE = frozenset({2, 3})
"""The fields of a schema that hold one entry a type: resources and data sources
(`GetProviderSchema.Response` in Terraform's `docs/plugin-protocol/tfplugin5.proto`, 6 alike)."""

_QUOTED = re.compile(rb'"([a-z][a-z0-9_]*)"')
_LARGEST = 256 * 1024 * 1024


def named_in(plan_file: Path) -> frozenset[bytes]:
    """Every word that can be a type's name in a plan file's configuration and states.

    A type that a plan shows stands in one of these, which are texts in which it is quoted.

    Raises:
        ValueError: it is no plan file, or unpacks to too much.
        OSError: it can't be read.
    """
    words: set[bytes] = set()
    try:
        with zipfile.ZipFile(plan_file) as archive:
            members = [item for item in archive.infolist() if item.filename != "tfplan"]
            if sum(item.file_size for item in members) > _LARGEST:
                raise ValueError("the plan file is too large")
            for item in members:
                words.update(_QUOTED.findall(archive.read(item)))
    except zipfile.BadZipFile:
        raise ValueError("this is no plan file") from None
    return frozenset(words)


def cut(message: bytes, names: frozenset[bytes]) -> bytes:
    """Leave out the types that are not named.

    Args:
        message: a provider's whole schema, encoded.
        names: the types that stay.

    Raises:
        ValueError: it is no schema.
    """
    kept = bytearray()
    try:
        for number, value in fields(message):
            if not isinstance(value, bytes):
                raise ValueError("a schema has no plain number")
            if number not in _BY_TYPE or dict(fields(value)).get(1) in names:
                kept += field(number, value)
    except IndexError:
        raise ValueError("the schema ends within a number") from None
    return bytes(kept)
