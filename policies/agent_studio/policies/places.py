"""Where a resource comes from: its construct, and the file and line to look at."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from agent_studio.policies.documents import Unreadable, parse_json_object, read_bytes

_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
_SIDECAR = "sources.json"
_SIDECAR_VERSION = 1
_LARGEST_SIDECAR = 32 * 1024 * 1024
_PYTHON_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,1000}\.py:[1-9]\d{0,6}")
_PYTHON_FRAME = re.compile(r"\(?([^\s()]+\.py):(\d+)")


def unindexed(address: str) -> str:
    r"""The address of the block that a resource instance comes from.

    >>> unindexed('aws_s3_bucket.store["a.b"]'), unindexed("module.m[0].aws_kms_key.k")
    ('aws_s3_bucket.store', 'module.m.aws_kms_key.k')
    """
    return _INDEX.sub("", address)


def called(content: dict[str, Any]) -> Any:
    """What a `cdk.tf.json` calls its stack; None when it calls it nothing."""
    note = content.get("//")
    metadata = note.get("metadata") if isinstance(note, dict) else None
    return metadata.get("stackName") if isinstance(metadata, dict) else None


@dataclass(frozen=True)
class Synthesized:
    """One `cdk.tf.json`: its content, and the place of each of its resources.

    Attributes:
        path: the file.
        content: the parsed file.
        text: the file as it stands.
    """

    path: Path
    content: dict[str, Any]
    text: str

    @classmethod
    def read(cls, path: Path) -> "Synthesized":
        """Read a synthesized stack.

        Raises:
            Unreadable: it is not a JSON object, or its resources are not shaped as Terraform's.
        """
        raw = read_bytes(path)
        return cls(path=path, content=parse_json_object(raw, name=path.name), text=raw.decode())

    def blocks(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every block of one kind by address: `resource` gives `aws_s3_bucket.store`, ...

        Args:
            kind: `resource` or `data`; addresses of data sources start with `data.`.
        """
        prefix = "data." if kind == "data" else ""
        found: dict[str, dict[str, Any]] = {}
        for types in _objects(self.content.get(kind)):
            for type_, named in types.items():
                for names in _objects(named):
                    for name, block in names.items():
                        for body in _objects(block):
                            found[f"{prefix}{type_}.{name}"] = body
        return found

    @cached_property
    def _places(self) -> dict[str, dict[str, Any]]:
        return {**self.blocks("resource"), **self.blocks("data")}

    def construct(self, address: str) -> str | None:
        """The path of the construct that made the resource at an address."""
        path = self._metadata(address).get("path")
        return path if isinstance(path, str) else None

    def source(self, address: str) -> str:
        """File and line of a resource: its Python source if recorded, else `cdk.tf.json`.

        jsii records no Python frames (its stack traces are the JavaScript side's). What the app
        itself recorded lies beside the stack in `sources.json`; without it the answer is the line
        of `cdk.tf.json` at which the resource's path stands. Nothing is decided by either.
        """
        metadata = self._metadata(address)
        recorded = self._recorded.get(str(metadata.get("path")))
        if recorded is not None:
            return recorded
        trace = metadata.get("stackTrace")
        for frame in trace if isinstance(trace, list) else []:
            found = _PYTHON_FRAME.search(str(frame))
            if found:
                return f"{found[1]}:{found[2]}"
        unique = metadata.get("uniqueId")
        offset = self.text.find(f'"uniqueId": "{unique}"') if isinstance(unique, str) else -1
        if offset < 0:
            name = unindexed(address).rsplit(".", 1)[-1]
            offset = self.text.find(f'"{name}"') if name else -1
        line = self.text.count("\n", 0, offset) + 1 if offset >= 0 else 1
        return f"{self.path}:{line}"

    @cached_property
    def _recorded(self) -> dict[str, str]:
        """Construct path -> Python file and line; empty where `sources.json` is missing or odd."""
        path = self.path.with_name(_SIDECAR)
        try:
            document = parse_json_object(read_bytes(path, limit=_LARGEST_SIDECAR), name=path.name)
        except Unreadable:
            return {}
        sources = document.get("sources")
        if document.get("version") != _SIDECAR_VERSION or not isinstance(sources, dict):
            return {}
        if not all(
            isinstance(one, str) and _PYTHON_LINE.fullmatch(one) for one in sources.values()
        ):
            return {}
        return sources

    def _metadata(self, address: str) -> dict[str, Any]:
        block = self._places.get(unindexed(address), {})
        note = block.get("//")
        metadata = note.get("metadata") if isinstance(note, dict) else None
        return metadata if isinstance(metadata, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    """Terraform's JSON syntax lets a block be an object or an array of objects."""
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]
