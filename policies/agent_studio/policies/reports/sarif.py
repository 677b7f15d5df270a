"""SARIF 2.1.0, as code scanning of GitHub, GitLab and Azure DevOps reads it.

The format: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata
01". What GitHub makes of it: GitHub Docs, "SARIF support for code scanning".
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from agent_studio.estate.errors import printable
from agent_studio.policies.controls import Control
from agent_studio.policies.model import ExceptionEntry, Finding, Severity
from agent_studio.policies.reports.report import Report

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT = "%SRCROOT%"
FINGERPRINT = "agentStudioFinding/v1"

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
# GitHub: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}


def render(report: Report) -> str:
    """The verdict as SARIF.

    Args:
        report: what is told.

    Returns:
        One log of one run; the same verdict gives the same text.
    """
    rules = list(report.rules.values())
    positions = {rule.id: position for position, rule in enumerate(rules)}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "agent-studio",
                        "version": printable(report.version),
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                # Tells this from other tools' uploads of the same commit.
                "automationDetails": {"id": "agent-studio/gate/"},
                "columnKind": "utf16CodeUnits",
                "originalUriBaseIds": {
                    ROOT: {"description": {"text": "The root of the repository."}}
                },
                "results": list(_results(report, positions)),
                "properties": {"verdict": report.verdict.verdict},
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _rule(rule: Control) -> dict[str, Any]:
    title, why, fix = printable(rule.title), printable(rule.explanation), printable(rule.fix)
    frameworks = {
        printable(n): [printable(i) for i in items] for n, items in rule.frameworks.items()
    }
    served = "; ".join(f"{name}: {', '.join(items)}" for name, items in frameworks.items())
    text = f"{why} Fix: {fix}" + (f" Serves {served}." if served else "")
    return {
        "id": printable(rule.id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": why},
        "help": {"text": text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _SCORES[rule.severity],
            "precision": "high",
            # GitHub takes a rule for one of security by this tag.
            "tags": ["security"],
            "frameworks": frameworks,
        },
    }


def _results(report: Report, positions: dict[str, int]) -> Iterator[dict[str, Any]]:
    entries = {entry.id: entry for entry in report.used}
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in report.verdict.findings:
        # What concerns no stack is told apart by its message alone.
        what = finding.address if finding.stack else finding.message
        key = (finding.control, finding.stack, what)
        fingerprint = _fingerprint((*key, str(seen[key])))
        seen[key] += 1
        yield {
            "ruleId": printable(finding.control),
            "ruleIndex": positions[finding.control],
            "kind": "fail",
            "level": _LEVELS[finding.severity],
            "message": {"text": f"{printable(finding.message)}. Fix: {printable(finding.fix)}"},
            "locations": [_location(report, finding)],
            "partialFingerprints": {FINGERPRINT: fingerprint},
            # Present on every result, or readers must take their state for unknown (3.27.23).
            "suppressions": _suppressions(finding, entries),
            "properties": {
                "stack": printable(finding.stack),
                "blocks": finding.blocks,
                "security-severity": _SCORES[finding.severity],
            },
        }


def _fingerprint(parts: tuple[str, ...]) -> str:
    # No line and no message: it stays when code above it moves or an exception expires.
    text = json.dumps(parts)
    return hashlib.sha256(text.encode()).hexdigest()


def _location(report: Report, finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {}
    place = report.place(finding.source)
    if place is not None:
        path = quote(place.path.encode("utf-8", "surrogatepass"), safe="/")
        artifact: dict[str, Any] = (
            {"uri": path, "uriBaseId": ROOT} if place.relative else {"uri": f"file://{path}"}
        )
        location["physicalLocation"] = {"artifactLocation": artifact}
        if place.line is not None:
            location["physicalLocation"]["region"] = {"startLine": place.line}
    logical = []
    if finding.construct:
        logical.append(
            {
                "name": printable(finding.construct).rsplit("/", 1)[-1],
                "fullyQualifiedName": printable(finding.construct),
                "kind": "construct",
            }
        )
    if finding.address:
        logical.append(
            {
                "name": printable(finding.address),
                "fullyQualifiedName": printable(f"{finding.stack}/{finding.address}"),
                "kind": "resource",
            }
        )
    elif finding.stack:
        logical.append(
            {
                "name": printable(finding.stack),
                "fullyQualifiedName": printable(finding.stack),
                "kind": "stack",
            }
        )
    if logical:
        location["logicalLocations"] = logical
    return location


def _suppressions(finding: Finding, entries: dict[str, ExceptionEntry]) -> list[dict[str, Any]]:
    if finding.exception is None:
        return []
    suppression: dict[str, Any] = {"kind": "external", "status": "accepted"}
    entry = entries.get(finding.exception)
    if entry is None:
        return [{**suppression, "justification": printable(finding.exception)}]
    told = (
        f"{entry.id}: {entry.reason}. Compensating control: {entry.compensating}. "
        f"Owner {entry.owner}, approver {entry.approver}, expires {entry.expires.isoformat()}."
    )
    return [{**suppression, "justification": printable(told)}]
