"""The plan file itself: which actions it would take, read without Terraform.

A plan file is a zip archive whose member `tfplan` is a protocol-buffers message (Terraform's and
OpenTofu's `internal/plans/planproto/planfile.proto`). Reading the actions from it shows whether
plan JSON handed to the gate tells the truth about what the file would do. Fields used:
`Plan.version` = 1, `Plan.resource_changes` = 3, `ResourceInstanceChange.deposed_key` = 7,
`.change` = 9, `.addr` = 13, and `Change.action` = 1.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent_studio.policies.documents import LARGEST_DOCUMENT, Unreadable, read_bytes
from agent_studio.policies.wire import fields

_VERSION = 3
_ACTIONS: dict[int, tuple[str, ...]] = {
    0: ("no-op",),
    1: ("create",),
    2: ("read",),
    3: ("update",),
    5: ("delete",),
    6: ("delete", "create"),
    7: ("create", "delete"),
    8: ("forget",),
    9: ("create", "forget"),
}


@dataclass(frozen=True)
class PlanFile:
    """A plan file's digest and actions.

    Attributes:
        sha256: hexadecimal SHA-256 of the file.
        actions: (address, deposed key) -> the actions, spelled as in plan JSON.
    """

    sha256: str
    actions: dict[tuple[str, str], tuple[str, ...]]

    @classmethod
    def read(cls, path: Path) -> "PlanFile":
        """Read a plan file.

        Raises:
            Unreadable: it is missing, truncated, or no plan of a version that is known.
        """
        content = read_bytes(path)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                member = archive.getinfo("tfplan")
                if member.file_size > LARGEST_DOCUMENT:
                    raise Unreadable(f"{path.name} unpacks to more than {LARGEST_DOCUMENT} bytes")
                message = archive.read(member)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError):
            raise Unreadable(f"{path.name} is not a plan file") from None
        try:
            actions = dict(_actions(message))
        except (ValueError, IndexError):
            raise Unreadable(f"{path.name} is not a plan of a known version") from None
        return cls(sha256=hashlib.sha256(content).hexdigest(), actions=actions)


def _actions(plan: bytes) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    version = 0
    changes: list[bytes] = []
    for number, value in fields(plan):
        if number == 1 and isinstance(value, int):
            version = value
        elif number == 3 and isinstance(value, bytes):
            changes.append(value)
    if version != _VERSION:
        raise ValueError("unknown version of the plan file's format")
    for change in changes:
        address = deposed = ""
        action = 0
        for number, value in fields(change):
            if number == 13 and isinstance(value, bytes):
                address = value.decode()
            elif number == 7 and isinstance(value, bytes):
                deposed = value.decode()
            elif number == 9 and isinstance(value, bytes):
                for inner, code in fields(value):
                    if inner == 1 and isinstance(code, int):
                        action = code
        yield (address, deposed), _ACTIONS.get(action, (f"unknown-{action}",))
