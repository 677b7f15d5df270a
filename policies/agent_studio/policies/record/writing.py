"""Writes gate records."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent_studio.estate.errors import StudioError
from agent_studio.policies import bundle, signing
from agent_studio.policies.approval.approvers import MACHINE
from agent_studio.policies.files import write_private
from agent_studio.policies.model import Verdict
from agent_studio.policies.record.model import Record
from agent_studio.policies.record.statement import PAYLOAD_TYPE, payload
from agent_studio.policies.record.subjects import sha256

if TYPE_CHECKING:
    from securesystemslib.signer import Signer


def write(
    path: Path,
    *,
    stack: str,
    digest: str,
    plan_file: Path,
    verdict: Verdict,
    tools: Mapping[str, str],
    stack_file: Path | None = None,
    studio: str | None = None,
    approver: str | None = None,
    state_dir: Path | None = None,
    estate_file: Path | None = None,
    signer: "Signer | None" = None,
) -> Record:
    """Sign and write the record of one stack's verdict.

    It is written whole or not at all, and readable by its owner alone.

    Args:
        path: where the record goes, usually `<state dir>/gate/<stack>.json`; an older one is
            replaced.
        stack: the stack's name.
        digest: the digest of the synthesized stack that was judged.
        plan_file: the plan file that was judged.
        verdict: what was decided; it must be about this stack.
        tools: tool -> version of what decided.
        stack_file: the synthesized stack's file, if it is there.
        studio: the estate's name, if it is known.
        approver: who approved the plan, if somebody did; `machine` stands in the record where the
            fast path approves it.
        state_dir: the state folder, whose key signs where none is configured; by default the
            folder above the record's.
        estate_file: the estate's file, beside which exceptions may lie.
        signer: who signs; by default as `signing.signer` says.

    Returns:
        What was written.

    Raises:
        StudioError: the verdict is not about the stack, no key can sign, or a file can't be read
            or written.
    """
    try:
        part = verdict.of(stack)
    except KeyError:
        raise StudioError("the verdict is not about this stack", found=stack) from None
    signer = signer or signing.signer(state_dir or path.parent.parent, estate_file=estate_file)
    present = bundle.present(estate_file)
    approval = part.approvals.get(stack)
    if approval is not None and approval.by_machine:
        approver = MACHINE
    record = Record(
        stack=stack,
        digest=digest,
        plan_sha256=sha256(plan_file),
        verdict=part.verdict,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        tools=dict(tools),
        stage=part.stages[stack].value,
        findings=tuple(finding.as_json() for finding in part.findings),
        exceptions=tuple(entry.as_json() for entry in part.exceptions),
        bundle=present.digest,
        bundle_version=present.version,
        studio=studio,
        approval=approval,
        approver=approver,
        stack_sha256=sha256(stack_file, what="stack") if stack_file is not None else None,
        key_id=signer.public_key.keyid,
    )
    content = signing.seal(payload(record), PAYLOAD_TYPE, signer)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, content)
    except OSError as error:
        raise StudioError(
            "the gate record can't be written", found=f"{path}: {error.strerror}"
        ) from None
    return record
