"""JUnit XML, as CI servers read it: one suite a stack, one case a control that was judged.

The format has no owner; junitparser keeps to Ant's schema, as do Jenkins' `junit` plugin, GitLab
("Unit test reports") and GitHub's actions.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO

from junitparser import Attr, Failure, JUnitXml, Skipped, TestCase, TestSuite

from agent_studio.estate.errors import printable
from agent_studio.policies.exceptions.limits import NEVER
from agent_studio.policies.model import Finding, Stage
from agent_studio.policies.reports.report import Report, StackPart

_NOT_OF_STACKS = frozenset({"studio/approval", "studio/exception-unused"})
"""Controls of plans that wait for approval, and of the list of exceptions."""

_STATIC_ONLY = frozenset({"CKV_STUDIO_13"})
"""The provider's default tags; a plan shows each resource's own (CKV_STUDIO_14)."""

_PLAN_ONLY = frozenset(
    {
        "CKV_STUDIO_14",
        "studio/data-protection-weakened",
        "studio/plan-foreign",
        "studio/plan-unbound",
        "studio/plan-unfinished",
        "studio/plan-unreadable",
    }
)
"""What a synthesized stack alone can't fail."""


class _Case(TestCase):
    """A case with its place, as GitLab and pytest's own reports have it."""

    file = Attr()
    line = Attr()


def render(report: Report) -> str:
    """The verdict as JUnit XML.

    A control without findings is a passed case. One with a finding that blocks is a failed case
    that lists all of its findings; one whose findings all pass by exceptions, or only tell, is
    skipped. Where a stack could not be judged in full, nothing is said to have passed.

    Args:
        report: what is told.
    """
    root = JUnitXml("studio gate")
    for part in report.stacks:
        suite = TestSuite(printable(part.name) or "exceptions")
        suite.add_testcases(list(_cases(report, part, suite.name)))
        root.append(suite)
    root.update_statistics()
    out = BytesIO()
    root.write(out, pretty=True)
    return out.getvalue().decode()


def _cases(report: Report, part: StackPart, suite: str) -> Iterator[TestCase]:
    findings: dict[str, list[Finding]] = {}
    for finding in part.findings:
        findings.setdefault(finding.control, []).append(finding)
    for control in sorted(findings.keys() | _judged(report, part, findings)):
        case = _Case(_name(report, control), suite)
        found = findings.get(control, [])
        blocking = [one for one in found if one.blocks]
        if blocking:
            case.result = [_failure(blocking, found)]
        elif found:
            case.result = [_skipped(found)]
        place = report.place((blocking or found)[0].source) if found else None
        if place is not None:
            case.file = printable(place.path)
            if place.line is not None:
                case.line = str(place.line)
        yield case


def _judged(report: Report, part: StackPart, found: Iterable[str]) -> frozenset[str]:
    """The controls that a stack was held to; none where not all of it was judged."""
    if part.stage is None or not NEVER.isdisjoint(found):
        return frozenset()
    other = _PLAN_ONLY if part.stage is Stage.STATIC else _STATIC_ONLY
    every = report.controls.by_id.keys() | report.controls.built_in.keys()
    return frozenset(every - _NOT_OF_STACKS - other)


def _name(report: Report, control: str) -> str:
    """The control with its title; of a built-in check the id alone, so that it never changes."""
    own = report.controls.by_id.get(control)
    return printable(f"{control}: {own.title}" if own else control)


def _failure(blocking: list[Finding], found: list[Finding]) -> Failure:
    first, more = blocking[0], len(blocking) - 1
    message = _message(first) + (f" (and {more} more)" if more else "")
    failure = Failure(message, first.severity.value)
    failure.text = "\n\n".join("\n".join(_told(one)) for one in found)
    return failure


def _skipped(found: list[Finding]) -> Skipped:
    names = list(dict.fromkeys(printable(one.exception) for one in found if one.exception))
    by = f"passes by exception {', '.join(names)}: " if names else ""
    skipped = Skipped(by + _message(found[0]))
    skipped.text = "\n\n".join("\n".join(_told(one)) for one in found)
    return skipped


def _message(finding: Finding) -> str:
    return printable(finding.message)


def _told(finding: Finding) -> Iterator[str]:
    yield " ".join(filter(None, (printable(finding.address), _message(finding))))
    if finding.exception:
        yield f"passes by exception: {printable(finding.exception)}"
    yield f"severity: {finding.severity.value}"
    if finding.construct:
        yield f"construct: {printable(finding.construct)}"
    if finding.source:
        yield f"where: {printable(finding.source)}"
    yield f"fix: {printable(finding.fix)}"
    for name, items in finding.frameworks.items():
        yield f"{printable(name)}: {', '.join(printable(item) for item in items)}"
