"""What the gate reads, what it objects to, and what it decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Literal


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Position in the order worst first; 0 is the worst."""
        return list(Severity).index(self)


class Stage(StrEnum):
    """How much of a stack is there to judge."""

    STATIC = "static"
    PLAN = "plan"


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """One stack as the gate finds it on disk.

    Attributes:
        stack: the stack's name.
        synthesized: its `cdk.tf.json`; None when there is none.
        plan_json: what `terraform show -json` said of the plan; None when there is none.
        plan_file: the plan file that would be applied; None when there is none.
        digest: the digest of the synthesized stack, as the pipeline computed it.
        planned_digest: the digest that the plan was made from, if the plan says so.
        planned_sha256: SHA-256 of the plan file when it was made, if the plan says so.
    """

    stack: str
    synthesized: Path | None = None
    plan_json: Path | None = None
    plan_file: Path | None = None
    digest: str = ""
    planned_digest: str | None = None
    planned_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Objection:
    """What a rule found wrong, before severity, wording and place are added.

    Attributes:
        control: the control's id, e.g. `CKV_AWS_7` or `studio/data-bearing-destroyed`.
        address: the resource's Terraform address; empty when the stack as a whole is meant.
        message: what is wrong with it, in one sentence without a full stop.
        fix: what to do about it here, if the rule knows more than the control's own text.
        category: the check's own category, for controls that have no entry of their own.
        title: the check's own title, for controls that have no entry of their own.
    """

    control: str
    address: str
    message: str
    fix: str | None = None
    category: str | None = None
    title: str | None = None


ADVISORY = frozenset({"studio/exception-unused"})
"""Controls that tell of something to tidy up, and deny nothing."""


@dataclass(frozen=True, kw_only=True)
class ExceptionEntry:
    """A dated, owned and reasoned permission for findings to pass.

    Attributes:
        id: what findings and the verdict call it.
        control: the control whose findings it lets pass.
        resource: pattern over stack and address, e.g. `cell-aws-*/aws_s3_bucket.store-*`.
        owner: who asks for it, and sees to it that it is not needed any more.
        approver: who agreed; never the owner.
        reason: why the finding is accepted.
        compensating: what guards the resource meanwhile.
        expires: the last day on which it holds, by UTC.
        source: file and line of the entry.
    """

    id: str
    control: str
    resource: str
    owner: str
    approver: str
    reason: str
    compensating: str
    expires: date
    source: str = ""

    def as_json(self) -> dict[str, object]:
        """The exception as machines read it."""
        return {
            "id": self.id,
            "control": self.control,
            "resource": self.resource,
            "owner": self.owner,
            "approver": self.approver,
            "reason": self.reason,
            "compensating": self.compensating,
            "expires": self.expires.isoformat(),
            "source": self.source,
        }


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the gate objects to, with all that a reader needs to act on it.

    Attributes:
        control: the control's id.
        severity: how bad it is.
        stack: the stack's name; empty when no stack is meant, as for an unused exception.
        address: the resource's Terraform address; empty when the stack as a whole is meant.
        construct: the path of the construct that made it; None when it can't be told.
        source: file and line to look at.
        message: what is wrong, in one sentence.
        fix: what to do about it.
        frameworks: framework -> the requirements that the control serves.
        exception: the id of the exception that lets it pass; None when none does.
    """

    control: str
    severity: Severity
    stack: str
    address: str
    construct: str | None
    source: str | None
    message: str
    fix: str
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exception: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it denies: unless an exception lets it pass, or its control only tells."""
        return self.exception is None and self.control not in ADVISORY

    def as_json(self) -> dict[str, object]:
        """The finding as machines read it."""
        return {
            "control": self.control,
            "severity": self.severity.value,
            "stack": self.stack,
            "address": self.address,
            "construct": self.construct,
            "source": self.source,
            "message": self.message,
            "fix": self.fix,
            "frameworks": {name: list(items) for name, items in self.frameworks.items()},
            "exception": self.exception,
            "blocks": self.blocks,
        }


News = Mapping[str, Sequence[str]]
"""Kind of news (`locations`, `principals`, ...) -> what a plan adds of it to what stands."""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Who may approve a plan.

    Attributes:
        by_machine: whether no person is needed.
        reasons: why a person is needed; empty when none is.
        adds: what the plan adds to what stands; None where that can't be told.
    """

    by_machine: bool
    reasons: tuple[str, ...]
    adds: News | None

    def covers(self, other: "Approval") -> bool:
        """Whether who approved this plan approved another: one that adds nothing more."""
        if other.by_machine:
            return True
        if self.adds is None or other.adds is None or self.adds.keys() != other.adds.keys():
            return False
        return all(set(other.adds[kind]) <= set(self.adds[kind]) for kind in self.adds)

    def as_json(self) -> dict[str, object]:
        """The approval as machines read it."""
        adds = None if self.adds is None else {kind: list(x) for kind, x in self.adds.items()}
        return {
            "by": "machine" if self.by_machine else "person",
            "reasons": list(self.reasons),
            "adds": adds,
        }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate decided over all its inputs.

    Attributes:
        verdict: `deny` when a finding blocks.
        findings: every finding, worst first.
        stages: stack -> the stage at which it was judged.
        exceptions: the exceptions that let a finding pass, in the order of their file.
        approvals: stack -> who may approve its plan, for stacks whose plan was judged against an
            estate.
    """

    verdict: Literal["allow", "deny"]
    findings: tuple[Finding, ...]
    stages: Mapping[str, Stage]
    exceptions: tuple[ExceptionEntry, ...] = ()
    approvals: Mapping[str, Approval] = field(default_factory=dict)

    def of(self, stack: str) -> "Verdict":
        """The part of the verdict that concerns one stack.

        Raises:
            KeyError: the stack was not judged.
        """
        findings = tuple(finding for finding in self.findings if finding.stack == stack)
        used = {finding.exception for finding in findings}
        return Verdict(
            verdict=decided(findings),
            findings=findings,
            stages={stack: self.stages[stack]},
            exceptions=tuple(entry for entry in self.exceptions if entry.id in used),
            approvals={name: one for name, one in self.approvals.items() if name == stack},
        )


def decided(findings: tuple[Finding, ...]) -> Literal["allow", "deny"]:
    """Deny when any finding blocks, else allow."""
    return "deny" if any(finding.blocks for finding in findings) else "allow"
