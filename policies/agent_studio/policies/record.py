"""Gate records: what binds one plan file to its verdict.

A record is not signed yet: whoever can write the state folder can forge one, and only the plan
file's SHA-256 and the stack's digest are checked. A signed statement (DSSE over in-toto) takes its
place next; `write` and `read_and_verify` keep their parameters.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies.documents import Unreadable, read_json_object
from agent_studio.policies.model import Verdict

VERSION = 1
_LARGEST_PLAN_FILE = 1024**3
_STACK = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,127})$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, kw_only=True)
class Record:
    """A gate record that was verified.

    Attributes:
        stack: the stack's name.
        digest: the digest of the synthesized stack that was judged.
        plan_sha256: hexadecimal SHA-256 of the plan file that was judged.
        verdict: `allow`; another is refused when it is read.
        time: when it was decided, in ISO 8601 with UTC offset.
        tools: tool -> version of what decided.
    """

    stack: str
    digest: str
    plan_sha256: str
    verdict: str
    time: str
    tools: Mapping[str, str]


def write(
    path: Path,
    *,
    stack: str,
    digest: str,
    plan_file: Path,
    verdict: Verdict,
    tools: Mapping[str, str],
) -> Record:
    """Write the record of one stack's verdict: whole or not at all, readable by its owner alone.

    Args:
        path: where the record goes; an older one is replaced.
        stack: the stack's name.
        digest: the digest of the synthesized stack that was judged.
        plan_file: the plan file that was judged.
        verdict: what was decided; it must be about this stack.
        tools: tool -> version of what decided.

    Returns:
        What was written.

    Raises:
        StudioError: the verdict is not about the stack, or a file can't be read or written.
    """
    part = _part(verdict, stack)
    record = {
        "version": VERSION,
        "stack": stack,
        "digest": digest,
        "plan_sha256": sha256(plan_file),
        "verdict": part.verdict,
        "findings": [finding.as_json() for finding in part.findings],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "tools": dict(tools),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes the file for its owner alone (0600).
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(record, file, indent=2, sort_keys=True)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StudioError(
            "the gate record can't be written", found=f"{path}: {error.strerror}"
        ) from None
    return _record(record)


def read_and_verify(path: Path, *, stack: str, digest: str, plan_file: Path) -> Record:
    """Read the record that must allow a plan file to be applied.

    Args:
        path: the record.
        stack: the stack that is to be applied.
        digest: the digest of the synthesized stack as it is now.
        plan_file: the plan file that is to be applied.

    Returns:
        The record.

    Raises:
        StudioError: the record is missing or malformed, is of another stack, another plan file or
            another digest, or denies; `exit_code` is DENIED.
    """
    try:
        content = read_json_object(path)
    except Unreadable as error:
        raise _refused(stack, str(error)) from None
    if not _shaped(content):
        raise _refused(stack, f"{path.name} is not shaped as a gate record")
    record = _record(content)
    if record.stack != stack:
        raise _refused(stack, f"the record is of stack {record.stack}")
    if record.verdict != "allow":
        raise _refused(stack, "the gate denied this plan")
    if record.digest != digest:
        raise _refused(stack, "the stack changed after it was judged")
    if record.plan_sha256 != sha256(plan_file):
        raise _refused(stack, "the plan file is not the one that was judged")
    return record


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file of at most 1 GiB.

    Raises:
        StudioError: it can't be read.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > _LARGEST_PLAN_FILE:
                raise StudioError("a plan file is larger than 1 GiB", found=str(path))
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StudioError(
            "a plan file can't be read",
            found=f"{path}: {error.strerror}",
            fix="run `studio plan` again",
        ) from None


def _part(verdict: Verdict, stack: str) -> Verdict:
    try:
        return verdict.of(stack)
    except KeyError:
        raise StudioError("the verdict is not about this stack", found=stack) from None


def _shaped(content: dict[str, Any]) -> bool:
    texts = ("stack", "digest", "plan_sha256", "verdict", "time")
    return (
        type(content.get("version")) is int
        and content["version"] == VERSION
        and all(isinstance(content.get(key), str) for key in texts)
        and bool(_STACK.match(content["stack"]))
        and bool(_SHA256.match(content["plan_sha256"]))
        and content["verdict"] in ("allow", "deny")
        and isinstance(content.get("findings"), list)
        and isinstance(content.get("tools"), dict)
    )


def _record(content: Mapping[str, Any]) -> Record:
    return Record(
        stack=content["stack"],
        digest=content["digest"],
        plan_sha256=content["plan_sha256"],
        verdict=content["verdict"],
        time=content["time"],
        tools=content["tools"],
    )


def _refused(stack: str, why: str) -> StudioError:
    return StudioError(
        f"no gate record allows the plan of {stack}",
        found=why,
        fix="run `studio gate`, and look at its findings",
        exit_code=ExitCode.DENIED,
    )
