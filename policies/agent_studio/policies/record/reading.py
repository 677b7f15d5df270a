"""Reads gate records, and refuses those that do not allow exactly what is to be applied."""

import math
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies import bundle, signing
from agent_studio.policies.approval import approvers_file, load_approvers, short
from agent_studio.policies.documents import Unreadable, read_bytes
from agent_studio.policies.record.model import DEFAULT_TERMS, Expected, Record, Terms
from agent_studio.policies.record.statement import PAYLOAD_TYPE, parse
from agent_studio.policies.record.subjects import sha256

MAX_AGE = "STUDIO_RECORD_MAX_AGE_HOURS"
_DEFAULT_AGE = timedelta(hours=24)
_CLOCKS_DIFFER = timedelta(minutes=5)
_LARGEST_RECORD = 64 * 1024 * 1024
_GATE_AGAIN = "run `studio gate` again"
_PLAN_AGAIN = "run `studio plan` and `studio gate` again"


def read_and_verify(
    path: Path,
    *,
    stack: str,
    digest: str,
    plan_file: Path | None,
    state_dir: Path | None = None,
    terms: Terms = DEFAULT_TERMS,
) -> Record:
    """Read the record that must allow a plan file to be applied.

    Args:
        path: the record.
        stack: the stack that is to be applied.
        digest: the digest of the synthesized stack as it is now.
        plan_file: the plan file that is to be applied; None asks what was approved of the stack.
        state_dir: the state folder; by default the folder above the record's.
        terms: on which terms it is believed.

    Returns:
        The record.

    Raises:
        StudioError: it does not allow exactly this; `exit_code` is DENIED.
    """
    expected = Expected(plan_file=plan_file, stack=stack, digest=digest)
    return verify(path, expected, state_dir=state_dir, terms=terms)


def verify(
    path: Path, expected: Expected, *, state_dir: Path | None = None, terms: Terms = DEFAULT_TERMS
) -> Record:
    """Read a record and hold it to what it must be of.

    Args:
        path: the record.
        expected: what it must be of.
        state_dir: the state folder; by default the folder above the record's.
        terms: on which terms it is believed.

    Returns:
        The record.

    Raises:
        StudioError: it is missing, truncated, forged, changed or too old, is of another stack,
            plan file or bundle, denies, or lacks an approver where the estate asks for one;
            `exit_code` is DENIED.
    """
    what = expected.stack or (expected.plan_file or path).name
    trust = terms.trust or signing.trusted(
        state_dir or path.parent.parent, estate_file=terms.estate_file
    )
    try:
        content = read_bytes(path, limit=_LARGEST_RECORD)
        signed = signing.unseal(content, PAYLOAD_TYPE, trust, name=path.name)
        record = parse(signed.payload, key_id=signed.key_id, name=path.name)
    except Unreadable as error:
        raise _refused(what, str(error)) from None
    except signing.Unverified as error:
        raise _refused(what, str(error), allowed=error.allowed, fix=error.fix) from None
    _same_subjects(record, expected, what)
    if not terms.any_age:
        _fresh(record, terms, what)
    if not terms.any_bundle:
        _same_bundle(record, terms, what)
    if record.verdict != "allow" and not terms.any_verdict:
        raise _refused(
            what, "the gate denied this plan", fix="run `studio gate`, and look at its findings"
        )
    if not terms.any_approver:
        _approved(record, terms, what)
    return record


def _same_subjects(record: Record, expected: Expected, what: str) -> None:
    if expected.stack is not None and record.stack != expected.stack:
        raise _refused(what, f"the record is of stack {record.stack}", allowed=expected.stack)
    if expected.digest is not None and record.digest != expected.digest:
        raise _refused(what, "the stack changed after it was judged", fix=_PLAN_AGAIN)
    if expected.stack_file is not None:
        if record.stack_sha256 is None:
            raise _refused(what, "the record does not name the synthesized stack's file")
        if record.stack_sha256 != sha256(expected.stack_file, what="stack"):
            raise _refused(what, "the stack changed after it was judged", fix=_PLAN_AGAIN)
    if expected.plan_file is None:
        return
    if record.plan_sha256 != sha256(expected.plan_file):
        raise _refused(what, "the plan file is not the one that was judged", fix=_PLAN_AGAIN)


def _fresh(record: Record, terms: Terms, what: str) -> None:
    now = terms.now or datetime.now(UTC)
    limit = terms.max_age or max_age()
    age = now - record.decided
    if age < -_CLOCKS_DIFFER:
        raise _refused(
            what,
            f"the record is from the future: {record.time}",
            allowed="5 minutes between two clocks",
            fix="set the clocks of the machines right",
        )
    if age > limit:
        raise _refused(
            what,
            f"the record is {_hours(age)} old, of {record.time}",
            allowed=f"{_hours(limit)} (${MAX_AGE})",
            fix=_GATE_AGAIN,
        )


def _same_bundle(record: Record, terms: Terms, what: str) -> None:
    wanted = terms.bundle or bundle.present_digest(terms.estate_file)
    if record.bundle != wanted:
        raise _refused(
            what,
            f"the record was decided under the bundle {record.bundle}",
            allowed=wanted,
            fix=_GATE_AGAIN,
        )


def _approved(record: Record, terms: Terms, what: str) -> None:
    file = approvers_file(terms.estate_file)
    if file is None or record.verdict != "allow":
        return
    approvers = load_approvers(file)
    if record.approval is not None and record.approval.by_machine:
        return
    allowed = approvers.of(record.stack)
    if record.approver is None or record.approver not in allowed:
        reasons = record.approval.reasons if record.approval else ()
        raise _refused(
            what,
            f"{record.approver} may not approve it"
            if record.approver
            else f"nobody approved it, and {short(reasons)}",
            allowed=f"{', '.join(allowed[:10]) or 'nobody'} by {approvers.origin}",
            fix="have one of them look at it, then run `studio gate --approver NAME`",
        )


def max_age() -> timedelta:
    """How old a record may be where nothing else is said.

    Raises:
        StudioError: `$STUDIO_RECORD_MAX_AGE_HOURS` is no positive number; `exit_code` is DENIED.
    """
    text = os.environ.get(MAX_AGE)
    if text is None:
        return _DEFAULT_AGE
    try:
        hours = float(text)
        if not math.isfinite(hours) or hours <= 0:
            raise ValueError
        return timedelta(hours=hours)
    except (ValueError, OverflowError):
        raise StudioError(
            f"${MAX_AGE} is no number of hours",
            found=text[:50],
            allowed="a number above 0",
            fix="correct or unset it",
            exit_code=ExitCode.DENIED,
        ) from None


def _hours(time: timedelta) -> str:
    hours = time / timedelta(hours=1)
    return f"{hours:.1f} hours" if hours < 72 else f"{hours / 24:.0f} days"


def _refused(
    what: str, why: str, *, allowed: str | None = None, fix: str | None = None
) -> StudioError:
    return StudioError(
        f"no gate record allows the plan of {what}",
        found=why,
        allowed=allowed,
        fix=fix or _GATE_AGAIN,
        exit_code=ExitCode.DENIED,
    )
