"""Markdown for a comment on a pull request, within GitHub's bounds."""

import re
from collections.abc import Iterable, Iterator, Sequence

from agent_studio.estate.errors import printable
from agent_studio.policies.model import Finding, Severity
from agent_studio.policies.reports.report import Report, counted

LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
MARK = "<!-- agent-studio gate -->"
"""The first line, by which a job finds the comment that it wrote before."""
LONGEST_CELL = 300
"""Characters of the input in one cell."""

# Whatever means something to Markdown, to HTML, or to GitHub's links, mentions, maths and emoji.
_SPECIAL = frozenset("\\`*_{}[]<>()#+!|~&@:$^=\"'")
# GitHub looks for mentions and references in the text that it shows, so that the text must end.
_LINKED = frozenset("@#")
_WWW = re.compile(r"(www)\.", re.IGNORECASE)


def cell(text: str | None, *, limit: int = LONGEST_CELL) -> str:
    """A text as it stands in a cell: it shows as it is, and means nothing to any reader.

    Args:
        text: anything.
        limit: characters of it that are shown.

    >>> cell("a|b")
    'a&#124;b'
    """
    line = printable(text or "")
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    # GitHub makes a link of whatever starts with `www.`.
    return _WWW.sub(r"\1&#46;", "".join(_escaped(character) for character in line))


def _escaped(character: str) -> str:
    if character not in _SPECIAL:
        return character
    return f"&#{ord(character)};" + ("<!-- -->" if character in _LINKED else "")


def render(report: Report) -> str:
    """The verdict as Markdown: the summary first, then stacks, findings, exceptions.

    Args:
        report: what is told.

    Returns:
        At most `LONGEST` characters; what does not fit is counted.
    """
    word = "allowed" if report.verdict.verdict == "allow" else "denied"
    text = f"{MARK}\n## Gate: {word}\n\n{report.summary}\n"
    # Exceptions are few and must be seen; findings take what is left.
    tables = (
        _table("Stacks", _STACKS, _stack_rows(report), len(report.judged), 15_000),
        _table("Exceptions used", _EXCEPTIONS, _exception_rows(report), len(report.used), 12_000),
    )
    stacks, exceptions = tables
    room = LONGEST - len(text) - len(stacks) - len(exceptions)
    findings = report.verdict.findings
    return (
        text
        + stacks
        + _table("Findings", _FINDINGS, _finding_rows(report), len(findings), room)
        + exceptions
    )


_STACKS = ("Stack", "Verdict", *(s.value.capitalize() for s in Severity), "By exception")
_FINDINGS = ("Severity", "Control", "Resource", "What is wrong", "Fix", "Where")
_EXCEPTIONS = (
    "Exception",
    "Control",
    "Resources",
    "Owner",
    "Approver",
    "Expires",
    "Reason",
    "Compensating control",
    "Findings",
)


def _table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], number: int, room: int
) -> str:
    """A table of as many rows as there is room for; empty when there are none."""
    if not number:
        return ""
    text = f"\n### {title}\n\n{_line(columns)}{_line(['---'] * len(columns))}"
    shown = 0
    # What tells of the rest needs room too.
    left = room - len(text) - 120
    for row in rows:
        line = _line(row)
        if len(line) > left:
            break
        text += line
        left -= len(line)
        shown += 1
    if shown < number:
        rest = number - shown
        text += f"\n{rest:,} more: they stand in the other reports of this run.\n"
    return text


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _stack_rows(report: Report) -> Iterator[Sequence[str]]:
    for part in report.judged:
        yield (
            cell(part.name),
            "**denied**" if part.denied else "allowed",
            *(str(part.blocking(severity)) for severity in Severity),
            str(part.excepted),
        )


def _finding_rows(report: Report) -> Iterator[Sequence[str]]:
    # Those that deny stand first: they are what a reader must act on.
    for finding in sorted(report.verdict.findings, key=lambda f: not f.blocks):
        place = report.place(finding.source)
        where = "" if place is None else place.path + (f":{place.line}" if place.line else "")
        yield (
            _severity(finding),
            cell(finding.control),
            cell("/".join(part for part in (finding.stack, finding.address) if part)),
            cell(finding.message),
            cell(finding.fix),
            cell(where),
        )


def _severity(finding: Finding) -> str:
    if finding.exception is not None:
        return f"{finding.severity.value}, passes by {cell(finding.exception)}"
    return f"**{finding.severity.value}**" if finding.blocks else finding.severity.value


def _exception_rows(report: Report) -> Iterator[Sequence[str]]:
    for entry in report.used:
        yield (
            cell(entry.id),
            cell(entry.control),
            cell(entry.resource),
            cell(entry.owner),
            cell(entry.approver),
            entry.expires.isoformat(),
            cell(entry.reason),
            cell(entry.compensating),
            counted(len(report.passed.get(entry.id, ())), "finding"),
        )
