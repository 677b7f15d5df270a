"""Controls that are decided in Python, against their cases, through the gate itself."""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from agent_studio.estate import Estate
from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.policies import builtin
from agent_studio.policies.controls import load_controls
from agent_studio.policies.gate import judge
from agent_studio.policies.model import ExceptionEntry, Finding, PlanInput, Stage
from agent_studio.policies.testing.check_cases import CheckCase

ESTATE_FILE = "regions.yaml"
_DAY = date(2026, 1, 1)
"""On which cases are judged, and until which their exceptions hold."""


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What the cases say of one control.

    Attributes:
        control: its id.
        cases: how many cases it has.
        passing: how many of them must be allowed.
        failing: how many of them it must deny.
    """

    control: str
    cases: int
    passing: int
    failing: int

    @property
    def covered(self) -> bool:
        """Whether something shows what it lets pass, and something what it denies."""
        return self.passing > 0 and self.failing > 0


@dataclass(frozen=True, kw_only=True)
class CheckSuite:
    """Controls that no Cedar policy decides, and the cases about them.

    Attributes:
        controls: every such control; each needs cases.
        cases: of any of them.
    """

    controls: frozenset[str]
    cases: tuple[CheckCase, ...]

    def failure(self, case: CheckCase) -> str | None:
        """Run one case.

        Returns:
            What went wrong; None when it holds.
        """
        try:
            made = case.made()
            address = made.address(case.on)
            with tempfile.TemporaryDirectory(prefix="studio-policy-test-") as name:
                folder = Path(name)
                (folder / "cdk.tf.json").write_text(json.dumps(made.stack), encoding="utf-8")
                (folder / "plan.json").write_text(json.dumps(made.plan), encoding="utf-8")
                for stage in case.stages:
                    found = self._against(case, address, self._judged(case, stage, folder))
                    if found is not None:
                        return f"{stage}: {found}"
        except StudioError as error:
            return error.line
        return None

    def reports(self) -> tuple[CheckReport, ...]:
        """Each control with its cases."""
        found = []
        for control in sorted(self.controls, key=_order):
            own = [case for case in self.cases if case.control == control]
            found.append(
                CheckReport(
                    control=control,
                    cases=len(own),
                    passing=sum(case.passes for case in own),
                    failing=sum(case.shows for case in own),
                )
            )
        return tuple(found)

    def misplaced(self) -> list[str]:
        """Cases of controls that no such table decides."""
        return [
            f"{case.id}: there is no check or rule {control}"
            for case in self.cases
            for control in sorted({case.control, *(case.denied or ())} - self.controls)
        ]

    def _judged(self, case: CheckCase, stage: Stage, folder: Path) -> list[Finding]:
        item = PlanInput(
            stack=case.judged_as or case.stack,
            synthesized=folder / "cdk.tf.json",
            plan_json=folder / "plan.json" if stage is Stage.PLAN else None,
        )
        verdict = judge(
            [item],
            estate=_estate(case.fixtures) if case.judged_as else None,
            stage=stage,
            require_plan_file=False,
            exceptions=_exceptions(case),
            today=_DAY,
        )
        # A fixture is a part of its stack, so that other controls have much to object to.
        return [one for one in verdict.findings if one.control in self.controls]

    def _against(self, case: CheckCase, address: str, found: list[Finding]) -> str | None:
        objecting = {one.control for one in found if one.exception is None}
        if objecting != (case.denied or frozenset()):
            told = "; ".join(f"{one.control}: {one.message}" for one in found) or "nothing"
            return f"expected {_told(case.denied or ())}, found {_told(objecting)} ({told})"
        if case.message is None:
            return None
        said = [one.message for one in found if one.control == case.control]
        expected = case.message.replace("{address}", address)
        if expected not in said:
            return f"expected the message {expected!r}, found {'; '.join(said)!r}"
        return None


def check_suite(cases: Iterable[CheckCase], *, decided_elsewhere: Iterable[str]) -> CheckSuite:
    """The suite of every control that no Cedar policy decides.

    Args:
        cases: of any of them.
        decided_elsewhere: the controls that policies decide.

    Raises:
        StudioError: the controls or the checks can't be read.
    """
    checks = {check.id for check in builtin.load().custom}
    own = (checks | load_controls().by_id.keys()) - set(decided_elsewhere)
    return CheckSuite(controls=frozenset(own), cases=tuple(cases))


@cache
def _estate(fixtures: Path) -> Estate:
    """The estate that fixtures are stacks of."""
    return load_estate(fixtures / ESTATE_FILE)


def _exceptions(case: CheckCase) -> list[ExceptionEntry]:
    if case.exception is None:
        return []
    control, resource = case.exception
    return [
        ExceptionEntry(
            id="EX-CASE",
            control=control,
            resource=resource,
            owner="owner",
            approver="approver",
            reason="a case",
            compensating="a case",
            expires=_DAY,
        )
    ]


def _order(control: str) -> tuple[str, int]:
    """By name, and checks by their number.

    >>> sorted(["CKV_STUDIO_10", "CKV_STUDIO_9"], key=_order)
    ['CKV_STUDIO_9', 'CKV_STUDIO_10']
    """
    name, _, number = control.rpartition("_")
    return (name, int(number)) if number.isdigit() else (control, 0)


def _told(controls: Iterable[str]) -> str:
    named = ", ".join(sorted(controls))
    return f"denied by {named}" if named else "allowed"
