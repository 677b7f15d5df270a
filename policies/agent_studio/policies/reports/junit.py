"""JUnit XML, as CI servers read it: one suite a stack, one case a finding.

The format has no owner; this keeps to what Jenkins' `junit` plugin, GitLab ("Unit test reports")
and GitHub's actions agree on.
"""

from xml.etree import ElementTree as Xml

from agent_studio.estate.errors import printable
from agent_studio.policies.model import Finding
from agent_studio.policies.reports.report import Report, StackPart


def render(report: Report) -> str:
    """The verdict as JUnit XML.

    A finding that blocks is a failed case, one that passes by an exception or that only tells a
    skipped one. A stack that no finding blocks has a passed case.

    Args:
        report: what is told.
    """
    root = Xml.Element("testsuites", name="studio gate")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for part in report.stacks:
        suite = _suite(report, part)
        root.append(suite)
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    for name, number in totals.items():
        root.set(name, str(number))
    Xml.indent(root)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"
    )


def _suite(report: Report, part: StackPart) -> Xml.Element:
    name = printable(part.name) or "exceptions"
    suite = Xml.Element("testsuite", name=name)
    if not part.denied:
        Xml.SubElement(suite, "testcase", classname=name, name="no finding denies it")
    for finding in part.findings:
        suite.append(_case(report, finding, name))
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    return suite


def _case(report: Report, finding: Finding, suite: str) -> Xml.Element:
    address = printable(finding.address)
    title = printable(finding.control) + (f" on {address}" if address else "")
    case = Xml.Element("testcase", classname=suite, name=title)
    place = report.place(finding.source)
    if place is not None:
        case.set("file", printable(place.path))
        if place.line is not None:
            case.set("line", str(place.line))
    message = printable(finding.message)
    if not finding.blocks:
        by = f"passes by exception {printable(finding.exception)}: " if finding.exception else ""
        Xml.SubElement(case, "skipped", message=f"{by}{message}")
        return case
    failure = Xml.SubElement(case, "failure", message=message, type=finding.severity.value)
    lines = [
        f"severity: {finding.severity.value}",
        f"construct: {printable(finding.construct)}" if finding.construct else "",
        f"where: {printable(finding.source)}" if finding.source else "",
        f"fix: {printable(finding.fix)}",
        *(
            f"{printable(name)}: {', '.join(printable(item) for item in items)}"
            for name, items in finding.frameworks.items()
        ),
    ]
    failure.text = "\n".join(line for line in lines if line)
    return case
