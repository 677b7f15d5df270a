"""What a rehearsal found out, step by step and stack by stack."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["passed", "failed", "skipped"]


@dataclass
class Step:
    """One step.

    Attributes:
        name: e.g. `second plan`.
        status: how it ended.
        seconds: wall time.
        detail: one line that says what was expected and what was found.
        log: where its own output lies.
    """

    name: str
    status: Status
    seconds: float
    detail: str
    log: Path | None = None


@dataclass
class StackRow:
    """One stack's way through the steps; empty where a step did not look at it.

    `on` tells what stood in for its cloud.
    """

    name: str
    layer: str
    resources: int
    on: str = ""
    add: int | None = None
    plan_seconds: float | None = None
    verdict: str = ""
    applied: str = ""
    apply_seconds: float | None = None
    second_plan: str = ""
    drift: str = ""
    destroyed: str = ""


@dataclass
class Drifted:
    """One resource that a drift check found changed.

    Attributes:
        stack: the stack that declares it.
        address: its Terraform address.
        kind: what happened to it, e.g. `changed`.
        severity: how bad.
        paths: the changed attributes.
        expected: whether the demo had changed it.
    """

    stack: str
    address: str
    kind: str
    severity: str
    paths: list[str]
    expected: bool


@dataclass
class Attempt:
    """Something that an agent tried in Vault.

    Attributes:
        agent: which one.
        what: what it tried.
        expected: `admitted` or `refused`.
        found: how it went, and why.
        seconds: wall time.
    """

    agent: str
    what: str
    expected: Literal["admitted", "refused"]
    found: str
    seconds: float

    @property
    def held(self) -> bool:
        """Whether it went as it must."""
        return self.found.partition(":")[0] == self.expected


@dataclass
class Outcome:
    """Everything a rehearsal found out.

    Attributes:
        estate: the estate's file.
        steps: in the order in which they ran.
        stacks: in the order of apply.
        drifted: what the drift check after the demo's changes found.
        tampered: what the demo changed behind Terraform's back: address -> what was done.
        attempts: what agents tried in Vault.
        added_region: the region that the demo added, if it did.
        planned_after: the stacks that were planned after that.
        seconds: wall time in all.
    """

    estate: str
    steps: list[Step] = field(default_factory=list)
    stacks: dict[str, StackRow] = field(default_factory=dict)
    drifted: list[Drifted] = field(default_factory=list)
    tampered: dict[str, str] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    added_region: str = ""
    planned_after: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every step that ran did what was expected."""
        return all(step.status != "failed" for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """The outcome for `--format json`."""
        return {
            "passed": self.passed,
            "estate": self.estate,
            "seconds": round(self.seconds, 1),
            "steps": [
                {**asdict(step), "log": str(step.log) if step.log else None} for step in self.steps
            ],
            "stacks": [asdict(row) for row in self.stacks.values()],
            "drift": [asdict(one) for one in self.drifted],
            "tampered": self.tampered,
            "agents": [asdict(one) for one in self.attempts],
            "added_region": self.added_region,
            "planned_after": self.planned_after,
        }
