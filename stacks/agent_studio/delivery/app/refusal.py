"""Decide synthesized stacks before any plan, and take away those that are denied."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent_studio.estate import Estate
from agent_studio.policies.documents import Unreadable
from agent_studio.policies.exceptions import applied, exceptions_file, load_exceptions
from agent_studio.policies.findings import findings_of
from agent_studio.policies.integrity import STACK_UNREADABLE
from agent_studio.policies.model import Finding, Objection
from agent_studio.policies.places import Synthesized
from agent_studio.policies.static import decided

_MANIFEST = "manifest.json"
_FILES = ("cdk.tf.json", "sources.json")


def refuse(estate: Estate, estate_file: Path, out: Path, stacks: Sequence[str]) -> list[str]:
    """Take away the stacks that the static decisions deny: milliseconds each, without checkov.

    Args:
        estate: the estate that decides.
        estate_file: its file, beside which exceptions may lie.
        out: the output folder, with `stacks/<stack>/cdk.tf.json`.
        stacks: the stacks that were synthesized.

    Returns:
        One line for each finding that denies.

    Raises:
        StudioError: the policies or the exceptions can't be read; then every stack is taken away.
    """
    lines = []
    try:
        for stack in stacks:
            findings = _blocking(estate, estate_file, out / "stacks" / stack / _FILES[0], stack)
            lines += [_line(finding) for finding in findings]
            if findings:
                _take_away(out, stack)
    except BaseException:
        for stack in stacks:
            _take_away(out, stack)
        raise
    return lines


def _blocking(estate: Estate, estate_file: Path, file: Path, stack: str) -> list[Finding]:
    try:
        synthesized = Synthesized.read(file)
    except Unreadable as error:
        whole = Objection(control=STACK_UNREADABLE, address="", message=str(error))
        return findings_of([whole], stack=stack, synthesized=None)
    objections = decided(synthesized, None, stack=stack, estate=estate).objections
    if not objections:
        # The usual case reads no controls and no exceptions.
        return []
    findings = findings_of(objections, stack=stack, synthesized=synthesized)
    today = datetime.now(UTC).date()
    entries = load_exceptions(exceptions_file(estate_file), today=today)
    passed = applied(findings, entries, today=today, judged=[stack])
    return [finding for finding in passed.findings if finding.blocks and finding.stack == stack]


def _line(finding: Finding) -> str:
    construct = f" (construct {finding.construct})" if finding.construct else ""
    where = f"; found at {finding.address}{construct}" if finding.address else ""
    source = f" in {finding.source}" if finding.source and where else ""
    return (
        f"{finding.stack}: denied by {finding.control}: {finding.message}{where}{source}"
        f"; fix: {finding.fix}"
    )


def _take_away(out: Path, stack: str) -> None:
    for name in _FILES:
        (out / "stacks" / stack / name).unlink(missing_ok=True)
    manifest = out / _MANIFEST
    if manifest.is_file():
        content = json.loads(manifest.read_bytes())
        content.get("stacks", {}).pop(stack, None)
        manifest.write_text(json.dumps(content, indent=2), encoding="utf-8")
