"""Exceptions: what the file may say, and what they let pass."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_studio.policies import Finding, Severity, Stage, builtin, integrity
from agent_studio.policies.controls import load_controls
from agent_studio.policies.documents import policy_file
from agent_studio.policies.exceptions import (
    ExceptionsInvalid,
    Pattern,
    applied,
    exceptions_file,
    load_exceptions,
    load_text,
)
from agent_studio.policies.exceptions.limits import NEVER
from agent_studio.policies.gate import judge
from agent_studio.policies.integrity import STACK_UNREADABLE
from agent_studio.policies.model import ExceptionEntry, Verdict

TODAY = date(2026, 11, 23)
FIELDS = {
    "id": "EX-1",
    "control": "CKV_AWS_7",
    "resource": "cell-*/aws_kms_key.keys_operations",
    "owner": "payments",
    "approver": "security",
    "reason": "The vendor rotates this key by hand until March",
    "compensating": "A weekly report of every use of the key",
    "expires": "2026-12-31",
}


def text(*entries: dict[str, str | None]) -> str:
    """An exceptions file; a field of None is left out."""
    lines = ["exceptions:"]
    for entry in entries:
        fields = {**FIELDS, **entry}
        given = [f"{key}: {value}" for key, value in fields.items() if value is not None]
        lines += [f"  {'- ' if not number else '  '}{line}" for number, line in enumerate(given)]
    return "\n".join(lines) + "\n"


def load(content: str, today: date = TODAY) -> tuple[ExceptionEntry, ...]:
    """Check the text of a file."""
    return load_text("exceptions.yaml", content, today=today)


def problems(content: str, today: date = TODAY) -> tuple[str, ...]:
    """What the loader says of a wrong file, line by line."""
    with pytest.raises(ExceptionsInvalid) as caught:
        load(content, today)
    return caught.value.lines


def finding(**fields: Any) -> Finding:
    """A finding about the example's key."""
    return Finding(
        **{
            "control": "CKV_AWS_7",
            "severity": Severity.HIGH,
            "stack": "cell-example",
            "address": "aws_kms_key.keys_operations",
            "construct": None,
            "source": None,
            "message": "rotation is off",
            "fix": "turn it on",
            **fields,
        }
    )


def stop_rotation(example: Any) -> None:
    """Turn the key's rotation off in the example's stack."""
    example.edit(
        "cdk.tf.json",
        lambda s: s["resource"]["aws_kms_key"]["keys_operations"].update(enable_key_rotation=False),
    )


def verdict(example: Any, content: str, today: date = TODAY) -> Verdict:
    """Judge the example's stack under exceptions that were written at TODAY."""
    return judge([example.input()], stage=Stage.STATIC, exceptions=load(content), today=today)


def test_an_entry_is_read_whole() -> None:
    """Every field is read, the date as a date, and the entry knows its line."""
    (entry,) = load(text({}))
    assert entry == ExceptionEntry(
        **{**FIELDS, "expires": date(2026, 12, 31)},  # type: ignore[arg-type]
        source="exceptions.yaml:2",
    )


def test_the_file_that_we_ship_is_empty(tmp_path: Path) -> None:
    """The kit's own exceptions are none."""
    assert load_exceptions(policy_file("exceptions.yaml"), today=TODAY) == ()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"owner": None},
            "exceptions.yaml:2:5: exceptions[0].owner: a key is missing; found nothing; "
            "allowed: `owner` in every exception; fix: add `owner:`",
        ),
        (
            {"reason": "' '"},
            "exceptions.yaml:7:13: exceptions[0].reason: the value is empty; found ` `; "
            "allowed: text; fix: write the reason",
        ),
        (
            {"owner": "42"},
            "exceptions.yaml:5:12: exceptions[0].owner: the value is of the wrong kind; "
            "found `42`; allowed: text; fix: write the name of who asks for it, in quotes if it "
            "is a number or a word of YAML's own",
        ),
        (
            {"reason": "[a, b]"},
            "exceptions.yaml:7:13: exceptions[0].reason: the value is of the wrong kind; "
            "found a list of 2; allowed: text; fix: write the reason",
        ),
        (
            {"approver": "Payments"},
            "exceptions.yaml:6:15: exceptions[0].approver: the owner approves of their own "
            "exception; found `Payments`; allowed: anyone but `payments`; "
            "fix: have another person or team approve it",
        ),
        (
            {"expires": "31.12.2026"},
            "exceptions.yaml:9:14: exceptions[0].expires: this is no date; found `31.12.2026`; "
            "allowed: a day of the calendar, as 2026-12-31; "
            "fix: write year, month and day with hyphens",
        ),
        (
            {"expires": "2027-02-22"},
            "exceptions.yaml:9:14: exceptions[0].expires: the exception would last too long; "
            "found `2027-02-22`, 91 days ahead; allowed: at most 90 days ahead, until 2027-02-21; "
            "fix: choose an earlier day, and ask again before it if need be",
        ),
        (
            {"control": "studio/plan-unfinishd"},
            "exceptions.yaml:3:14: exceptions[0].control: there is no such control; "
            "found `studio/plan-unfinishd`; allowed: the id of a control of controls.yaml, or of "
            "a built-in check (CKV_...); fix: did you mean `studio/plan-unfinished`?",
        ),
        (
            {"resource": "aws_kms_key.keys"},
            "exceptions.yaml:4:15: exceptions[0].resource: the pattern has a wrong form; "
            "found `aws_kms_key.keys`; allowed: <stack>/<address>, e.g. "
            "`cell-aws-*/aws_s3_bucket.store-*`; "
            "fix: write the stack, a slash and the address, `*` for any characters",
        ),
        (
            {"id": "'a b'"},
            "exceptions.yaml:2:9: exceptions[0].id: the id has a wrong form; found `a b`; "
            "allowed: 1 to 64 letters, digits, `.`, `_` and `-`, a letter or digit first; "
            "fix: rename it, e.g. EX-2026-001",
        ),
        (
            {"expire": "2026-12-31"},
            "exceptions.yaml:10:5: exceptions[0].expire: unknown key; found `expire`; "
            "allowed: id, control, resource, owner, approver, reason, compensating, expires; "
            "fix: did you mean `expires`?",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_is_told_with_line_value_and_fix(change: dict[str, str], line: str) -> None:
    """Each mistake names its line, the value found, what is allowed, and the fix."""
    assert problems(text(change)) == (line,)


def test_every_mistake_is_told_at_once() -> None:
    """One run tells of all mistakes of all entries, in the order of their lines."""
    lines = problems(text({"owner": None, "expires": "soon"}, {"resource": "'*'", "id": "EX-1"}))
    assert [line.split(": ")[2].split(";")[0] for line in lines] == [
        "a key is missing",
        "this is no date",
        "the id stands twice",
        "the pattern has a wrong form",
    ]


@pytest.mark.parametrize("pattern", ["*/*", "**/**", "*/*.*", "*/aws_*", "c*/*", "*/", "*/data.*"])
def test_a_pattern_that_matches_everything_is_refused(pattern: str) -> None:
    """A pattern names one stack, or one resource type in full."""
    (line,) = problems(text({"resource": f"'{pattern}'"}))
    assert "the pattern matches too much" in line
    assert "fix: name what is meant, e.g. `cell-aws-*/aws_s3_bucket.store-*` or `core/*`" in line


@pytest.mark.parametrize("control", sorted(NEVER))
def test_controls_that_the_gate_stands_on_admit_no_exception(control: str) -> None:
    """Without these a verdict says nothing, so that nobody can except them."""
    (line,) = problems(text({"control": control}))
    assert "this control admits no exception" in line
    assert f"found `{control}`" in line


def test_integrity_is_never_excepted() -> None:
    """Each control on what was judged, and whether it was judged whole, is among them."""
    own = {
        value
        for module in (integrity, builtin)
        for name, value in vars(module).items()
        if name.isupper() and str(value).startswith("studio/")
    }
    assert own | {STACK_UNREADABLE, "studio/unknown-stack"} <= NEVER


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file declares no exceptions; found an empty file"),
        ("[]", "the file declares no exceptions; found a list"),
        ("exceptions:", "exceptions: the value is of the wrong kind; found nothing"),
        ("exceptions: {}", "exceptions: the value is of the wrong kind; found a mapping of 0"),
        ("exeptions: []", "unknown key; found `exeptions`; allowed: exceptions"),
        ("exceptions: [1]", "exceptions[0]: the value is of the wrong kind; found `1`"),
        ("exceptions: [", "this is no YAML"),
        ("a: 1\na: 2\n", "the key stands twice"),
        ("exceptions: !!python/name:os.system []", "a tag"),
        ("exceptions: [&a {id: a}, *a]", "the id stands twice; found `a` again"),
        ("exceptions: [{id: a}, {id: a}]", "the id stands twice; found `a` again"),
    ],
)
def test_a_file_of_another_shape_is_refused(content: str, said: str) -> None:
    """Whatever is no list of exceptions is refused, in words about this file."""
    lines = problems(content)
    assert any(said in line for line in lines)
    assert not any("estate" in line for line in lines)


def test_a_file_with_a_strange_character_is_refused(tmp_path: Path) -> None:
    """Bytes that are no clean text are told with their line."""
    path = tmp_path / "exceptions.yaml"
    path.write_bytes(b"exceptions:\n  - id: a\x07\n")
    with pytest.raises(ExceptionsInvalid, match=r":2:10: a character that may not stand in an exc"):
        load_exceptions(path, today=TODAY)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A named file that is missing is an error, not an empty list."""
    with pytest.raises(ExceptionsInvalid, match=r"no.yaml can't be opened: No such file"):
        load_exceptions(tmp_path / "no.yaml", today=TODAY)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "note"]),
        st.one_of(st.text(max_size=20), st.integers(), st.none(), st.booleans()),
    )
)
def test_whatever_stands_in_an_entry_is_read_or_told(fields: dict[str, Any]) -> None:
    """No entry makes the loader fail otherwise than with places."""
    import json

    content = json.dumps({"exceptions": [{**FIELDS, **fields}]})
    try:
        entries = load(content)
    except ExceptionsInvalid as error:
        entries = ()
        told = error.problems
    else:
        told = ()
    assert len(told) > 0 or [entry.control for entry in entries] != []
    assert all(entry.owner != entry.approver for entry in entries)


def test_the_file_lies_beside_the_estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the file, else it lies beside the estate, else it is the kit's."""
    monkeypatch.delenv("STUDIO_EXCEPTIONS", raising=False)
    estate = tmp_path / "regions.yaml"
    assert exceptions_file(estate) == exceptions_file() == policy_file("exceptions.yaml")
    beside = tmp_path / "policies" / "exceptions.yaml"
    beside.parent.mkdir()
    beside.write_text("exceptions: []")
    assert exceptions_file(estate) == beside
    monkeypatch.setenv("STUDIO_EXCEPTIONS", "other.yaml")
    assert exceptions_file(estate) == Path("other.yaml")


def test_an_exception_lets_its_finding_pass(example: Any) -> None:
    """A covered finding stays, names its exception, and denies no more; the verdict names it."""
    stop_rotation(example)
    outcome = verdict(example, text({}))
    assert outcome.verdict == "allow"
    assert [(f.control, f.exception, f.blocks) for f in outcome.findings] == [
        ("CKV_AWS_7", "EX-1", False)
    ]
    assert [entry.id for entry in outcome.exceptions] == ["EX-1"]
    assert outcome.of("cell-example") == outcome


def test_an_exception_lets_nothing_else_pass(example: Any) -> None:
    """Another finding of the same stack still denies."""

    def spoil(stack: dict[str, Any]) -> None:
        del stack["resource"]["aws_s3_bucket_logging"]

    stop_rotation(example)
    example.edit("cdk.tf.json", spoil)
    outcome = verdict(example, text({}))
    assert outcome.verdict == "deny"
    assert {f.control: f.exception for f in outcome.findings} == {
        "CKV_AWS_7": "EX-1",
        "CKV_AWS_18": None,
    }


@pytest.mark.parametrize(
    ("today", "passes"),
    [(date(2026, 12, 31), True), (date(2027, 1, 1), False), (date(2027, 1, 22), False)],
)
def test_an_expired_exception_denies_and_says_since_when(
    example: Any, today: date, passes: bool
) -> None:
    """An exception holds through its last day; then its finding denies and tells the day."""
    stop_rotation(example)
    outcome = verdict(example, text({}), today)
    (found,) = outcome.findings
    assert found.control == "CKV_AWS_7"
    if passes:
        assert (outcome.verdict, found.exception) == ("allow", "EX-1")
        return
    days = (today - date(2026, 12, 31)).days
    assert (outcome.verdict, found.exception, outcome.exceptions) == ("deny", None, ())
    assert found.message.endswith(
        f"; its exception EX-1 expired on 2026-12-31, {days} {'day' if days == 1 else 'days'} ago"
    )


def test_an_unused_exception_is_told_and_denies_nothing(example: Any) -> None:
    """An exception without a finding is reported with low severity; the verdict stays allow."""
    outcome = verdict(example, text({}))
    assert outcome.verdict == "allow"
    (found,) = outcome.findings
    assert (found.control, found.severity) == ("studio/exception-unused", Severity.LOW)
    assert (found.stack, found.blocks, found.exception) == ("", False, None)
    assert found.source == "exceptions.yaml:2"
    assert found.message == (
        "the exception EX-1 for CKV_AWS_7 on cell-*/aws_kms_key.keys_operations matches no finding"
    )
    assert found.fix.startswith("Delete the exception from exceptions.yaml")
    assert outcome.exceptions == ()


def test_an_exception_for_stacks_not_judged_is_not_called_unused() -> None:
    """Whether a stack that was not judged needs its exception nobody can tell."""
    entries = load(text({"resource": "cell-other/*"}, {"id": "EX-2", "resource": "cell-gone/*"}))
    done = applied(
        [], entries, today=TODAY, judged=["cell-example"], declared=["cell-example", "cell-other"]
    )
    assert [f.message for f in done.findings] == [
        "the exception EX-2 for CKV_AWS_7 on cell-gone/* matches no stack"
    ]


def test_an_expired_exception_without_a_finding_says_both() -> None:
    """An exception that is over and not needed is reported, and denies nothing."""
    done = applied([], load(text({})), today=date(2027, 1, 5), judged=["cell-example"])
    (found,) = done.findings
    assert found.message.endswith("matches no finding, and expired on 2026-12-31")
    assert not found.blocks


def test_a_live_exception_goes_before_an_expired_one() -> None:
    """Where one exception is over and another holds, the finding passes by the one that holds."""
    entries = load(text({"id": "old", "expires": "2026-11-01"}, {"id": "new"}))
    done = applied([finding()], entries, today=TODAY, judged=["cell-example"])
    assert [f.exception for f in done.findings] == ["new"]
    assert [entry.id for entry in done.used] == ["new"]


def test_integrity_passes_by_no_exception_however_it_was_made() -> None:
    """Entries that no file could hold let nothing pass either."""
    (entry,) = load(text({}))
    forged = replace(entry, control="studio/plan-unbound", resource="cell-example/*")
    broken = finding(control="studio/plan-unbound", address="")
    done = applied([broken], [forged], today=TODAY, judged=["cell-example"])
    assert done.findings[0] == broken
    assert done.used == ()


ADDRESSES = st.text(alphabet='ab_.[]"0*?/!-\n', max_size=12)


@given(stack=st.text(alphabet="ab-", min_size=1, max_size=6), address=ADDRESSES)
def test_a_pattern_without_stars_means_itself_alone(stack: str, address: str) -> None:
    """Brackets and question marks of addresses are no patterns."""
    if "*" in address:
        return
    pattern = Pattern.of(f"{stack}/{address}")
    assert pattern.covers(stack, address)
    assert not pattern.covers(f"{stack}x", address)
    assert not pattern.covers(stack, f"x{address}")


@given(st.lists(st.sampled_from(["a", "*", "aws_x."]), max_size=16).map("".join))
def test_a_hostile_pattern_costs_no_time(address: str) -> None:
    """Matching never takes exponential time."""
    import time

    started = time.perf_counter()
    try:
        Pattern.of(f"core/{address}b").covers("core", "a" * 400)
    except ValueError:
        return
    assert time.perf_counter() - started < 1


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["CKV_AWS_7", "CKV_AWS_18"]), st.sampled_from("ab")), max_size=6
    ),
    st.lists(
        st.tuples(st.sampled_from(["CKV_AWS_7", "CKV_AWS_18"]), st.integers(-5, 5)), max_size=4
    ),
)
def test_exceptions_take_away_no_finding(
    found: Sequence[tuple[str, str]], granted: Sequence[tuple[str, int]]
) -> None:
    """Every finding stays in the verdict; only a live exception of its control lets it pass."""
    (model,) = load(text({}))
    entries = [
        replace(
            model,
            id=f"EX-{number}",
            control=control,
            resource="a/*",
            expires=TODAY + timedelta(days=days),
        )
        for number, (control, days) in enumerate(granted)
    ]
    findings = [finding(control=control, stack=stack) for control, stack in found]
    done = applied(findings, entries, today=TODAY, judged=["a", "b"])
    live = {entry.control for entry in entries if entry.expires >= TODAY}
    for before, after in zip(findings, done.findings, strict=False):
        assert (before.control, before.stack) == (after.control, after.stack)
        assert (after.exception is not None) == (before.stack == "a" and before.control in live)
    assert all(f.control == "studio/exception-unused" for f in done.findings[len(findings) :])


def test_the_unused_control_has_an_entry() -> None:
    """What is told of unused exceptions has a title, a fix and frameworks as any control."""
    assert load_controls().by_id["studio/exception-unused"].severity is Severity.LOW


def test_the_example_of_the_guide_is_read() -> None:
    """The exception that the guide shows is one without a mistake."""
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "exceptions-and-reports.md"
    example = guide.read_text().split("   ```yaml\n")[1].split("   ```")[0]
    (entry,) = load(dedent(example))
    assert (entry.id, entry.control) == ("EX-2026-014", "CKV_AWS_7")
