"""Lets findings pass by exceptions, and tells of exceptions that do nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agent_studio.policies.controls import load_controls
from agent_studio.policies.exceptions.limits import NEVER
from agent_studio.policies.exceptions.pattern import Pattern
from agent_studio.policies.model import ExceptionEntry, Finding

UNUSED = "studio/exception-unused"


@dataclass(frozen=True)
class Applied:
    """What exceptions made of findings.

    Attributes:
        findings: the findings, those that pass with their exception's id; then one for each
            exception that does nothing.
        used: the exceptions that let a finding pass, in the order of their file.
    """

    findings: tuple[Finding, ...]
    used: tuple[ExceptionEntry, ...]


def applied(
    findings: Iterable[Finding],
    entries: Sequence[ExceptionEntry],
    *,
    today: date,
    judged: Iterable[str],
    declared: Iterable[str] | None = None,
) -> Applied:
    """Let findings pass by the exceptions that cover them.

    The first exception of the file that covers a finding and has not expired lets it pass. A
    finding whose only exceptions have expired keeps denying, and its message says since when.

    An exception that covers no finding is reported, unless it is about declared stacks of which
    none was judged: then nobody can tell.

    Args:
        findings: what was found.
        entries: the exceptions.
        today: the day by UTC.
        judged: the stacks that were judged.
        declared: every stack of the estate; None when no estate is known.

    Returns:
        The findings as they stand with the exceptions.
    """
    patterns = {entry.id: Pattern.of(entry.resource) for entry in entries}
    by_control: dict[str, list[ExceptionEntry]] = {}
    for entry in entries:
        if entry.control not in NEVER:
            by_control.setdefault(entry.control, []).append(entry)
    found: list[Finding] = []
    used: set[str] = set()
    matched: set[str] = set()
    for finding in findings:
        covering = [
            entry
            for entry in by_control.get(finding.control, ())
            if patterns[entry.id].covers(finding.stack, finding.address)
        ]
        matched.update(entry.id for entry in covering)
        live = next((entry for entry in covering if entry.expires >= today), None)
        if live is not None:
            used.add(live.id)
            found.append(replace(finding, exception=live.id))
        elif covering:
            latest = max(covering, key=lambda entry: entry.expires)
            found.append(replace(finding, message=f"{finding.message}; {expired(latest, today)}"))
        else:
            found.append(finding)
    idle = [entry for entry in entries if entry.id not in matched]
    found += _unused(idle, patterns, today, frozenset(judged), declared)
    return Applied(
        findings=tuple(found), used=tuple(entry for entry in entries if entry.id in used)
    )


def expired(entry: ExceptionEntry, today: date) -> str:
    """Say since when an exception no longer holds.

    Args:
        entry: an exception whose last day is over.
        today: the day by UTC.
    """
    days = (today - entry.expires).days
    return (
        f"its exception {entry.id} expired on {entry.expires.isoformat()}, "
        f"{days} {'day' if days == 1 else 'days'} ago"
    )


def _unused(
    idle: Iterable[ExceptionEntry],
    patterns: Mapping[str, Pattern],
    today: date,
    judged: frozenset[str],
    declared: Iterable[str] | None,
) -> Iterator[Finding]:
    others = frozenset(declared or ()) - judged
    control = load_controls().by_id[UNUSED]
    for entry in idle:
        pattern = patterns[entry.id]
        about = any(pattern.names(stack) for stack in judged)
        if not about and any(pattern.names(stack) for stack in others):
            continue
        message = f"the exception {entry.id} for {entry.control} on {entry.resource} "
        message += "matches no finding" if about else "matches no stack"
        if entry.expires < today:
            message += f", and expired on {entry.expires.isoformat()}"
        yield Finding(
            control=UNUSED,
            severity=control.severity,
            stack="",
            address="",
            construct=None,
            source=entry.source or None,
            message=message,
            fix=control.fix,
            frameworks=control.frameworks,
        )
