"""What every report tells: a verdict, its controls, and what is counted of them."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from agent_studio.policies.controls import Control, Controls
from agent_studio.policies.model import ExceptionEntry, Finding, Severity, Stage, Verdict


@dataclass(frozen=True)
class Place:
    """A place in a file.

    Attributes:
        path: the file; relative to the root where it lies below it.
        line: the line, from 1; None for the file as a whole.
    """

    path: str
    line: int | None

    @property
    def relative(self) -> bool:
        """Whether it lies below the root."""
        return not os.path.isabs(self.path)


@dataclass(frozen=True)
class StackPart:
    """One stack of a verdict.

    Attributes:
        name: its name; empty for what concerns no stack.
        stage: the stage at which it was judged; None for what concerns no stack.
        findings: its findings, worst first.
    """

    name: str
    stage: Stage | None
    findings: tuple[Finding, ...]

    @property
    def denied(self) -> bool:
        """Whether a finding blocks it."""
        return any(finding.blocks for finding in self.findings)

    @property
    def excepted(self) -> int:
        """How many findings pass by an exception."""
        return sum(finding.exception is not None for finding in self.findings)

    def blocking(self, severity: Severity) -> int:
        """How many findings of a severity block it."""
        return sum(f.blocks and f.severity is severity for f in self.findings)


@dataclass(frozen=True)
class Requirement:
    """What a framework asks for, and how the judged stacks stand to it.

    Attributes:
        framework: e.g. `NIST 800-53`.
        name: e.g. `SC-28`.
        controls: the controls that serve it.
        blocking: how many findings of them block.
        excepted: how many pass by an exception.
    """

    framework: str
    name: str
    controls: tuple[str, ...]
    blocking: int
    excepted: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report is made from.

    Attributes:
        verdict: what was decided.
        controls: every control that has an entry.
        version: the version of what decided.
        root: the absolute folder to which paths are told, usually the repository's.
        made: when it was decided, with its time zone.
    """

    verdict: Verdict
    controls: Controls
    version: str
    root: Path
    made: datetime

    @cached_property
    def rules(self) -> Mapping[str, Control]:
        """Every control with an entry, and those of findings that have none."""
        rules = dict(self.controls.by_id)
        for finding in self.verdict.findings:
            rules.setdefault(
                finding.control,
                # A built-in check's message is its title.
                Control(
                    id=finding.control,
                    title=finding.message,
                    severity=finding.severity,
                    explanation=f"The built-in check {finding.control}.",
                    fix=finding.fix,
                    frameworks=finding.frameworks,
                ),
            )
        return dict(sorted(rules.items()))

    @cached_property
    def stacks(self) -> tuple[StackPart, ...]:
        """Every judged stack: denied ones first, then by name; last what concerns no stack."""
        by_stack: dict[str, list[Finding]] = {name: [] for name in self.verdict.stages}
        for finding in self.verdict.findings:
            by_stack.setdefault(finding.stack, []).append(finding)
        parts = [
            StackPart(name, self.verdict.stages.get(name), tuple(findings))
            for name, findings in by_stack.items()
        ]
        return tuple(sorted(parts, key=lambda p: (not p.name, not p.denied, p.name)))

    @cached_property
    def judged(self) -> tuple[StackPart, ...]:
        """The judged stacks alone."""
        return tuple(part for part in self.stacks if part.stage is not None)

    @property
    def denied(self) -> int:
        """How many stacks are denied."""
        return sum(part.denied for part in self.stacks)

    @cached_property
    def passed(self) -> Mapping[str, tuple[Finding, ...]]:
        """Exception -> the findings that it lets pass."""
        found: dict[str, list[Finding]] = {}
        for finding in self.verdict.findings:
            if finding.exception is not None:
                found.setdefault(finding.exception, []).append(finding)
        return {name: tuple(findings) for name, findings in found.items()}

    @property
    def used(self) -> tuple[ExceptionEntry, ...]:
        """The exceptions that let a finding pass."""
        return self.verdict.exceptions

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement that a control serves, by framework."""
        serving: dict[tuple[str, str], list[str]] = {}
        for rule in self.rules.values():
            for framework, names in rule.frameworks.items():
                for name in names:
                    serving.setdefault((framework, name), []).append(rule.id)
        blocking = Counter(f.control for f in self.verdict.findings if f.blocks)
        excepted = Counter(f.control for f in self.verdict.findings if f.exception is not None)
        return tuple(
            Requirement(
                framework=framework,
                name=name,
                controls=tuple(controls),
                blocking=sum(blocking[control] for control in controls),
                excepted=sum(excepted[control] for control in controls),
            )
            for (framework, name), controls in sorted(serving.items())
        )

    @property
    def summary(self) -> str:
        """The verdict in one sentence."""
        findings = self.verdict.findings
        blocking = sum(finding.blocks for finding in findings)
        passing = sum(finding.exception is not None for finding in findings)
        text = f"{counted(len(self.judged), 'stack')} judged, {self.denied} denied; "
        text += f"{counted(len(findings), 'finding')}, {blocking} of them blocking"
        if passing:
            by = counted(len(self.passed), "exception")
            text += f", {passing} passed by {by}"
        return f"{text}."

    def place(self, source: str | None) -> Place | None:
        """Where a `path:line` points, told relative to the root where it lies below it.

        Args:
            source: as findings have it; None for nowhere.
        """
        if not source:
            return None
        path, colon, line = source.rpartition(":")
        number = int(line) if colon and line.isascii() and line.isdigit() and len(line) < 10 else 0
        if not path or not number:
            path, number = source, 0
        whole = os.path.normpath(os.path.join(self.root, path))
        below = os.path.relpath(whole, self.root)
        outside = below == os.pardir or below.startswith(os.pardir + os.sep)
        return Place(whole if outside else below, number or None)


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "stack"), counted(2, "stack")
    ('1 stack', '2 stacks')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
