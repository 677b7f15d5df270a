"""Loads exceptions: the one way from a file to entries, strict, with every mistake at once."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from agent_studio.estate.errors import StudioError
from agent_studio.estate.problems import EstateInvalid, Problem
from agent_studio.estate.source import Mapping, Scalar, Sequence, Source, parse
from agent_studio.estate.source.reader import MAX_BYTES, decode
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, nearest
from agent_studio.policies.controls import load_controls
from agent_studio.policies.documents import Unreadable, policy_file, read_bytes
from agent_studio.policies.exceptions.limits import LONGEST_DAYS, MOST_ENTRIES, NEVER
from agent_studio.policies.exceptions.pattern import Pattern
from agent_studio.policies.model import ExceptionEntry

ENVIRONMENT = "STUDIO_EXCEPTIONS"
_FIELDS = (
    "id",
    "control",
    "resource",
    "owner",
    "approver",
    "reason",
    "compensating",
    "expires",
)
_LONGEST_TEXT = 2000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CHECK = re.compile(r"CKV2?_[A-Z0-9]+(?:_[A-Z0-9]+)*_[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ExceptionsInvalid(StudioError):  # noqa: N818 - the name says what the file is
    """The exceptions can't be used; every problem of the file is here, by line.

    Args:
        file: the file, as the user named it.
        problems: at least one problem.
    """

    def __init__(self, file: Path | str, problems: Iterable[Problem]) -> None:
        self.file = str(file)
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.line, p.column, p.path)))
        count = len(self.problems)
        super().__init__(
            f"{self.file} has {count} {'problem' if count == 1 else 'problems'}: "
            + " | ".join(self.lines)
        )

    def __reduce__(self) -> tuple[type["ExceptionsInvalid"], tuple[str, tuple[Problem, ...]]]:
        """Let the error cross to another process, as errors of process pools do."""
        return type(self), (self.file, self.problems)

    @property
    def lines(self) -> tuple[str, ...]:
        """Every problem on its own line."""
        return tuple(problem.text(self.file) for problem in self.problems)


def exceptions_file(estate_file: Path | None = None) -> Path:
    """Where the exceptions stand.

    Args:
        estate_file: the estate's file, if it is known.

    Returns:
        What `$STUDIO_EXCEPTIONS` names, else `policies/exceptions.yaml` beside the estate's file if
        there is one, else the kit's own, which is empty unless somebody filled it.

    Raises:
        StudioError: the installation lacks its own file.
    """
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    if estate_file is not None:
        beside = estate_file.parent / "policies" / "exceptions.yaml"
        # A link that leads nowhere is a mistake to be told, no reason to look elsewhere.
        if beside.exists() or beside.is_symlink():
            return beside
    return policy_file("exceptions.yaml")


def load_exceptions(path: Path, *, today: date) -> tuple[ExceptionEntry, ...]:
    """Read and check exceptions.

    Args:
        path: the file, as `exceptions_file` finds it.
        today: the day by UTC; exceptions must end within 90 days of it.

    Returns:
        The entries in the order of the file, expired ones too.

    Raises:
        ExceptionsInvalid: with every problem of the file at once.
    """
    try:
        data = read_bytes(path, limit=MAX_BYTES)
    except Unreadable as error:
        raise ExceptionsInvalid(
            path,
            [
                Problem(
                    line=1,
                    column=1,
                    path="",
                    message="the exceptions can't be read",
                    found=str(error),
                    allowed=f"a file of at most {MAX_BYTES:,} bytes",
                    fix=f"correct the file, or ${ENVIRONMENT} if that names it",
                )
            ],
        ) from None
    try:
        text = decode(path, data)
    except EstateInvalid as error:
        raise ExceptionsInvalid(path, map(_reworded, error.problems)) from None
    return load_text(path, text, today=today)


def load_text(file: Path | str, text: str, *, today: date) -> tuple[ExceptionEntry, ...]:
    """Check the text of an exceptions file; arguments and errors as `load_exceptions`."""
    try:
        source = parse(file, text)
    except EstateInvalid as error:
        raise ExceptionsInvalid(file, map(_reworded, error.problems)) from None
    problems = [*_top(source)]
    entries: list[ExceptionEntry] = []
    listing = source.root.entries.get("exceptions")
    if isinstance(listing, Sequence):
        ids: dict[str, int] = {}
        for index in range(min(len(listing.items), MOST_ENTRIES)):
            found = list(_problems(source, index, today, ids))
            problems += found
            if not found:
                entries.append(_entry(source, index))
    if problems:
        raise ExceptionsInvalid(file, problems)
    return tuple(entries)


def _reworded(problem: Problem) -> Problem:
    """A problem of YAML, said of this file rather than of the estate's."""
    if problem.message == "the file declares no estate":
        return replace(
            problem,
            message="the file declares no exceptions",
            allowed="a mapping with the key `exceptions`",
            fix="write `exceptions: []`",
        )
    return replace(problem, message=problem.message.replace("an estate file", "an exceptions file"))


def _top(source: Source) -> Iterator[Problem]:
    for key in source.root.entries:
        if key != "exceptions":
            yield source.problem(
                (key,),
                "unknown key",
                key=True,
                found=shown(key),
                allowed="exceptions",
                fix="delete the key",
            )
    listing = source.root.entries.get("exceptions")
    if listing is None:
        yield source.problem(
            (), "a key is missing", key=True, allowed="`exceptions`", fix="write `exceptions: []`"
        )
    elif not isinstance(listing, Sequence):
        yield source.problem(
            ("exceptions",),
            "the value is of the wrong kind",
            allowed="a list of exceptions",
            fix="write `exceptions: []` where there are none",
        )
    elif len(listing.items) > MOST_ENTRIES:
        yield source.problem(
            ("exceptions",),
            "too many exceptions",
            found=f"{len(listing.items):,}",
            allowed=f"at most {MOST_ENTRIES:,}",
            fix="change the rule or the resources; so many exceptions are a rule of their own",
        )


def _problems(source: Source, index: int, today: date, ids: dict[str, int]) -> Iterator[Problem]:
    path = ("exceptions", index)
    node = source.find(path)
    if not isinstance(node, Mapping):
        yield source.problem(
            path,
            "the value is of the wrong kind",
            allowed=f"a mapping with {', '.join(_FIELDS)}",
            fix="write the exception's fields below its `-`",
        )
        return
    for key in node.entries:
        if key not in _FIELDS:
            near = nearest(key, _FIELDS)
            yield source.problem(
                (*path, key),
                "unknown key",
                key=True,
                found=shown(key),
                allowed=", ".join(_FIELDS),
                fix=f"did you mean `{near}`?" if near else "delete the key",
            )
    texts: dict[str, str] = {}
    for name in _FIELDS:
        problem = _text_problem(source, index, name)
        if problem is not None:
            yield problem
            continue
        value = source.find((*path, name))
        assert isinstance(value, Scalar)  # noqa: S101 - anything else is a problem
        texts[name] = value.text.strip()
    checks = (
        _id_problem(source, index, texts, ids),
        _control_problem(source, index, texts),
        _resource_problem(source, index, texts),
        _approver_problem(source, index, texts),
        _expires_problem(source, index, texts, today),
    )
    yield from (problem for problem in checks if problem is not None)


def _text_problem(source: Source, index: int, name: str) -> Problem | None:
    path = ("exceptions", index, name)
    node = source.find(path)
    if node is None:
        return source.problem(
            path,
            "a key is missing",
            key=True,
            found="nothing",
            allowed=f"`{name}` in every exception",
            fix=f"add `{name}:`",
        )
    if not isinstance(node, Scalar) or not node.text.strip():
        return source.problem(
            path,
            "the value is empty" if isinstance(node, Scalar) else "the value is of the wrong kind",
            allowed="text",
            fix=f"write the {_MEANING.get(name, name)}",
        )
    if not node.quoted and not isinstance(node.value, str):
        return source.problem(
            path,
            "the value is of the wrong kind",
            allowed="text",
            fix=f"write the {_MEANING.get(name, name)}, in quotes if it is a number or a word of "
            "YAML's own",
        )
    if len(node.text) > _LONGEST_TEXT:
        return source.problem(
            path,
            "the text is too long",
            found=f"{len(node.text):,} characters",
            allowed=f"at most {_LONGEST_TEXT:,}",
            fix="shorten it, and name the document that tells the rest",
        )
    return None


_MEANING = {
    "control": "id of the control",
    "resource": "pattern over stack and address",
    "owner": "name of who asks for it",
    "approver": "name of who agreed",
    "compensating": "control that guards the resource meanwhile",
    "expires": "last day on which it holds",
}


def _id_problem(
    source: Source, index: int, texts: dict[str, str], ids: dict[str, int]
) -> Problem | None:
    path = ("exceptions", index, "id")
    text = texts.get("id")
    if text is None:
        return None
    if not _ID.fullmatch(text):
        return source.problem(
            path,
            "the id has a wrong form",
            allowed="1 to 64 letters, digits, `.`, `_` and `-`, a letter or digit first",
            fix="rename it, e.g. EX-2026-001",
        )
    first = ids.setdefault(text, index)
    if first != index:
        line = source.place(("exceptions", first, "id")).line
        return source.problem(
            path,
            "the id stands twice",
            found=f"{shown(text)} again, first on line {line}",
            allowed="each id once",
            fix="give one of the two another id",
        )
    return None


def _control_problem(source: Source, index: int, texts: dict[str, str]) -> Problem | None:
    path = ("exceptions", index, "control")
    text = texts.get("control")
    if text is None:
        return None
    known = load_controls().by_id
    if text in NEVER:
        return source.problem(
            path,
            "this control admits no exception",
            allowed=f"any control but {listed(NEVER, limit=len(NEVER))}",
            fix="remove the cause of the finding; without this control the gate proves nothing",
        )
    if text not in known and not _CHECK.fullmatch(text):
        near = nearest(text, known)
        return source.problem(
            path,
            "there is no such control",
            allowed="the id of a control of controls.yaml, or of a built-in check (CKV_...)",
            fix=f"did you mean `{near}`?" if near else "write the id as the finding gives it",
        )
    return None


def _resource_problem(source: Source, index: int, texts: dict[str, str]) -> Problem | None:
    path = ("exceptions", index, "resource")
    text = texts.get("resource")
    if text is None:
        return None
    try:
        pattern = Pattern.of(text)
    except ValueError as error:
        return source.problem(
            path,
            "the pattern has a wrong form",
            allowed=str(error),
            fix="write the stack, a slash and the address, `*` for any characters",
        )
    if not pattern.narrow:
        return source.problem(
            path,
            "the pattern matches too much",
            allowed="a pattern that names one stack, or one resource type in full",
            fix="name what is meant, e.g. `cell-aws-*/aws_s3_bucket.store-*` or `core/*`",
        )
    return None


def _approver_problem(source: Source, index: int, texts: dict[str, str]) -> Problem | None:
    owner, approver = texts.get("owner"), texts.get("approver")
    if owner is None or approver is None or _same(owner) != _same(approver):
        return None
    return source.problem(
        ("exceptions", index, "approver"),
        "the owner approves of their own exception",
        allowed=f"anyone but {shown(owner)}",
        fix="have another person or team approve it",
    )


def _same(name: str) -> str:
    return " ".join(name.casefold().split()).removeprefix("@")


def _expires_problem(
    source: Source, index: int, texts: dict[str, str], today: date
) -> Problem | None:
    path = ("exceptions", index, "expires")
    text = texts.get("expires")
    if text is None:
        return None
    last = today + timedelta(days=LONGEST_DAYS)
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        expires = date.fromisoformat(text)
    except ValueError:
        return source.problem(
            path,
            "this is no date",
            allowed="a day of the calendar, as 2026-12-31",
            fix="write year, month and day with hyphens",
        )
    if expires > last:
        return source.problem(
            path,
            "the exception would last too long",
            found=f"{shown(text)}, {(expires - today).days} days ahead",
            allowed=f"at most {LONGEST_DAYS} days ahead, until {last.isoformat()}",
            fix="choose an earlier day, and ask again before it if need be",
        )
    return None


def _entry(source: Source, index: int) -> ExceptionEntry:
    path = ("exceptions", index)
    texts = {}
    for name in _FIELDS:
        node = source.find((*path, name))
        assert isinstance(node, Scalar)  # noqa: S101 - checked before
        texts[name] = node.text.strip()
    expires = date.fromisoformat(texts.pop("expires"))
    line = source.place((*path, "id"), key=True).line
    return ExceptionEntry(**texts, expires=expires, source=f"{source.file}:{line}")
