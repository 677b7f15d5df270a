"""What a gate record says, what it is held to, and on which terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent_studio.policies.model import Approval
from agent_studio.policies.signing import Trust


@dataclass(frozen=True, kw_only=True)
class Record:
    """A gate record.

    Attributes:
        stack: the stack's name.
        digest: the digest of the synthesized stack that was judged.
        plan_sha256: hexadecimal SHA-256 of the plan file that was judged.
        verdict: `allow` or `deny`.
        time: when it was decided, in ISO 8601 with UTC offset.
        tools: tool -> version of what decided.
        stage: how much of the stack was judged: `plan` or `static`.
        findings: what the gate objected to, as it reports it.
        exceptions: the exceptions that let a finding pass.
        bundle: hexadecimal SHA-256 of the bundle of rules that decided.
        bundle_version: the bundle's version, if it has one.
        studio: the estate's name, if it was known.
        approval: who may approve it, if that was decided.
        approver: who approved it: `machine` by the fast path, or a person's name.
        stack_sha256: hexadecimal SHA-256 of the synthesized stack's file, if it was there.
        key_id: the id of the key that signed the record; empty before it is read back.
    """

    stack: str
    digest: str
    plan_sha256: str
    verdict: str
    time: str
    tools: Mapping[str, str]
    stage: str = "plan"
    findings: tuple[Mapping[str, Any], ...] = ()
    exceptions: tuple[Mapping[str, Any], ...] = ()
    bundle: str = ""
    bundle_version: str | None = None
    studio: str | None = None
    approval: Approval | None = None
    approver: str | None = None
    stack_sha256: str | None = None
    key_id: str = ""

    @property
    def decided(self) -> datetime:
        """When it was decided."""
        return datetime.fromisoformat(self.time)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a record must be of; what is None is not compared.

    Attributes:
        plan_file: the plan file; None is for what was approved of a stack, whatever its plan file.
        stack: the stack's name.
        digest: the digest of the synthesized stack, as the pipeline computes it.
        stack_file: the synthesized stack's file.
    """

    plan_file: Path | None
    stack: str | None = None
    digest: str | None = None
    stack_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms a record is believed.

    Attributes:
        trust: whose signature counts; by default as `signing.trusted` says.
        estate_file: the estate's file, beside which trusted keys and exceptions may lie.
        bundle: the digest of the bundle that must have decided; by default the present one's.
        max_age: how old it may be; by default `$STUDIO_RECORD_MAX_AGE_HOURS`, else 24 hours.
        any_age: whether its age is left out of account; for audits alone.
        any_bundle: whether its bundle is left out of account; for audits alone.
        any_verdict: whether a denial is given too; for audits and replays alone.
        any_approver: whether it is left out of account who approved; for audits and replays alone.
        now: the present; by default the clock's.
    """

    trust: Trust | None = None
    estate_file: Path | None = None
    bundle: str | None = None
    max_age: timedelta | None = None
    any_age: bool = False
    any_bundle: bool = False
    any_verdict: bool = False
    any_approver: bool = False
    now: datetime | None = None


DEFAULT_TERMS = Terms()
