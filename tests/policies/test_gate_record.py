"""A gate record binds one plan file to its verdict, and everything else is refused."""

import base64
import json
import stat
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies import Finding, Severity, Stage, Verdict, bundle, record, signing
from agent_studio.policies.model import Approval, ExceptionEntry
from agent_studio.policies.record.statement import PAYLOAD_TYPE

STACK = "cell-example"
SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json"
DENIED = Finding(
    control="studio/plan-unfinished",
    severity=Severity.CRITICAL,
    stack=STACK,
    address="",
    construct=None,
    source=None,
    message="m",
    fix="f",
)
PASSED = ExceptionEntry(
    id="EX-1",
    control="studio/plan-unfinished",
    resource="cell-example/*",
    owner="payments",
    approver="platform-team",
    reason="r",
    compensating="c",
    expires=date(2027, 1, 1),
)


def verdict(*findings: Finding, exceptions: tuple[ExceptionEntry, ...] = ()) -> Verdict:
    """A verdict on the one stack."""
    denied = any(finding.blocks for finding in findings)
    return Verdict(
        verdict="deny" if denied else "allow",
        findings=findings,
        stages={STACK: Stage.PLAN},
        exceptions=exceptions,
    )


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no limit of the developer's own."""
    for name in (signing.SIGNING_KEY, signing.TRUSTED_KEYS, "STUDIO_RECORD_MAX_AGE_HOURS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """A file that stands for a plan."""
    path = tmp_path / "plan.bin"
    path.write_bytes(b"a plan" * 100)
    return path


def written(folder: Path, plan_file: Path, *findings: Finding, **more: Any) -> Path:
    """Write a record and give its path."""
    path = folder / "gate" / f"{STACK}.json"
    record.write(
        path,
        stack=STACK,
        digest="d1",
        plan_file=plan_file,
        verdict=more.pop("verdict", verdict(*findings)),
        tools={"checkov": "3"},
        **more,
    )
    return path


def refused(path: Path, plan_file: Path, *, stack: str = STACK, digest: str = "d1") -> StudioError:
    """The error with which a record is refused."""
    with pytest.raises(StudioError) as caught:
        record.read_and_verify(path, stack=stack, digest=digest, plan_file=plan_file)
    assert caught.value.exit_code is ExitCode.DENIED
    assert caught.value.fix
    assert len(caught.value.lines) == 1
    return caught.value


def refusal(path: Path, plan_file: Path, *, stack: str = STACK, digest: str = "d1") -> str:
    """What is wrong with a record, by the line that refuses it."""
    return str(refused(path, plan_file, stack=stack, digest=digest).found)


def statement(path: Path) -> dict[str, Any]:
    """What a record states, without verifying it."""
    content: dict[str, Any] = json.loads(base64.b64decode(json.loads(path.read_text())["payload"]))
    return content


def signed_again(path: Path, content: Mapping[str, Any]) -> None:
    """Put another statement in a record, signed by the key that is trusted."""
    signer = signing.signer(path.parent.parent)
    path.write_bytes(signing.seal(signing.canonical(content), PAYLOAD_TYPE, signer))


def test_a_record_allows_its_own_plan(tmp_path: Path, plan_file: Path) -> None:
    """What was written is read back: digests, tools, bundle and the key that signed it."""
    path = written(tmp_path, plan_file, studio="acme", approver="ada")
    read = record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)
    assert read.verdict == "allow"
    assert read.plan_sha256 == record.sha256(plan_file)
    assert read.tools == {"checkov": "3"}
    assert (read.studio, read.approver, read.stage) == ("acme", "ada", "plan")
    assert (read.bundle, read.bundle_version) == (bundle.present_digest(), "1.0.0")
    assert read.key_id == signing.signer(tmp_path).public_key.keyid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_record_is_an_in_toto_statement(tmp_path: Path, plan_file: Path) -> None:
    """Envelope and statement follow their published schemas, and name the exceptions used."""
    stack_file = tmp_path / "cdk.tf.json"
    stack_file.write_text("{}")
    passing = replace(DENIED, exception="EX-1")
    path = written(
        tmp_path,
        plan_file,
        verdict=verdict(passing, exceptions=(PASSED,)),
        stack_file=stack_file,
    )
    schemas = [json.loads(file.read_text()) for file in SCHEMAS.glob("*.schema.json")]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    by_id = {schema["$id"]: schema for schema in schemas}
    content = statement(path)
    for name, document in (
        ("gate-record", json.loads(path.read_text())),
        ("gate-statement", content),
    ):
        Draft202012Validator(by_id[f"{name}.schema.json"], registry=registry).validate(document)
    assert content["subject"] == [
        {"name": "cell-example/plan.bin", "digest": {"sha256": record.sha256(plan_file)}},
        {
            "name": "cell-example/cdk.tf.json",
            "digest": {"agentStudioStackV1": "d1", "sha256": record.sha256(stack_file)},
        },
    ]
    assert [entry["id"] for entry in content["predicate"]["exceptions"]] == ["EX-1"]
    read = record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)
    assert read.exceptions[0]["approver"] == "platform-team"


def test_a_denied_plan_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """A record of a denial is kept, and refuses."""
    path = written(tmp_path, plan_file, DENIED)
    assert statement(path)["predicate"]["findings"][0]["control"] == "studio/plan-unfinished"
    assert refusal(path, plan_file) == "the gate denied this plan"


def test_one_changed_byte_of_the_plan_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """A plan file that differs in one byte is refused."""
    path = written(tmp_path, plan_file)
    content = bytearray(plan_file.read_bytes())
    content[17] ^= 1
    plan_file.write_bytes(content)
    assert refusal(path, plan_file) == "the plan file is not the one that was judged"


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_of_the_record_is_refused(
    tmp_path: Path, plan_file: Path, place: float, flip: int
) -> None:
    """No byte of a record can be changed: not even one that readers of JSON would skip."""
    path = tmp_path / "gate" / f"{STACK}.json"
    if not path.exists():
        written(tmp_path, plan_file)
    whole = path.read_bytes()
    content = bytearray(whole)
    content[int(place * len(content))] ^= flip
    changed = path.with_name("changed.json")
    changed.write_bytes(content)
    assert refusal(changed, plan_file)
    assert record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_of_the_plan_is_refused(
    tmp_path: Path, plan_file: Path, place: float, flip: int
) -> None:
    """No byte of a plan file can be changed."""
    path = tmp_path / "gate" / f"{STACK}.json"
    if not path.exists():
        written(tmp_path, plan_file)
    content = bytearray(plan_file.read_bytes())
    content[int(place * len(content))] ^= flip
    changed = plan_file.with_name("changed.bin")
    changed.write_bytes(content)
    assert refusal(path, changed) == "the plan file is not the one that was judged"


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_whatever_is_no_record_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Any bytes in a record's place are refused with one line, and never crash the gate."""
    folder = tmp_path_factory.mktemp("any")
    (folder / "plan.bin").write_bytes(b"p")
    path = written(folder, folder / "plan.bin")
    path.write_bytes(content)
    assert refusal(path, folder / "plan.bin").startswith("cell-example.json ")


def test_another_stack_or_digest_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """A record says nothing about another stack, nor about the stack once it changed."""
    path = written(tmp_path, plan_file)
    assert refusal(path, plan_file, stack="core") == "the record is of stack cell-example"
    assert refusal(path, plan_file, digest="d2") == "the stack changed after it was judged"


def test_a_changed_stack_file_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """Where the stack's file is at hand, its bytes are compared too."""
    stack_file = tmp_path / "cdk.tf.json"
    stack_file.write_text("{}")
    path = written(tmp_path, plan_file, stack_file=stack_file)
    expected = record.Expected(plan_file=plan_file, stack_file=stack_file)
    assert record.verify(path, expected).stack == STACK
    stack_file.write_text("{ }")
    with pytest.raises(StudioError, match="the stack changed after it was judged"):
        record.verify(path, expected)


def test_a_missing_record_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """No record, no apply."""
    path = written(tmp_path, plan_file)
    path.unlink()
    assert refusal(path, plan_file) == (
        "cell-example.json can't be opened: No such file or directory"
    )


def envelope(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the envelope around what was signed."""
    content = json.loads(path.read_text())
    change(content)
    path.write_bytes(signing.canonical(content))


def forge(path: Path) -> None:
    """Sign the same statement with a key of one's own."""
    own = signing.signer(path.parent / "mallory")
    path.write_bytes(signing.seal(signing.canonical(statement(path)), PAYLOAD_TYPE, own))


def borrow(path: Path) -> None:
    """Sign with a key of one's own, and claim the trusted key's id."""
    trusted = json.loads(path.read_text())["signatures"][0]["keyid"]
    forge(path)
    envelope(path, lambda content: content["signatures"][0].update(keyid=trusted))


def restate(path: Path) -> None:
    """Turn the signed verdict around, and leave the signature."""
    content = statement(path) | {"predicate": statement(path)["predicate"] | {"approver": "me"}}
    payload = base64.b64encode(signing.canonical(content)).decode()
    envelope(path, lambda outer: outer.update(payload=payload))


FORGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (
        lambda path: path.write_bytes(b""),
        "cell-example.json is not valid JSON: Expecting value: line 1 column 1 (char 0)",
    ),
    "truncated": (
        lambda path: path.write_bytes(path.read_bytes()[:100]),
        "cell-example.json is not valid JSON: Unterminated string starting at",
    ),
    "unsigned statement": (
        lambda path: path.write_text(json.dumps(statement(path))),
        "cell-example.json is not a DSSE envelope",
    ),
    "of the older format": (
        lambda path: path.write_text('{"version": 1, "verdict": "allow"}'),
        "cell-example.json is not a DSSE envelope",
    ),
    "signature taken away": (
        lambda path: envelope(path, lambda outer: outer.update(signatures=[])),
        "cell-example.json is not signed",
    ),
    "signature added": (
        lambda path: envelope(path, lambda outer: outer["signatures"].append({})),
        "cell-example.json has 2 signatures",
    ),
    "signed by another key": (forge, "cell-example.json is signed by key "),
    "signed in another's name": (
        borrow,
        "the signature of cell-example.json does not match what it says: it was changed",
    ),
    "payload changed": (
        restate,
        "the signature of cell-example.json does not match what it says: it was changed",
    ),
    "another kind of payload": (
        lambda path: envelope(path, lambda outer: outer.update(payloadType="text/plain")),
        "cell-example.json holds a text/plain",
    ),
    "written with white space": (
        lambda path: path.write_text(json.dumps(json.loads(path.read_text()), indent=1)),
        "cell-example.json is not written as the gate writes it",
    ),
    "more in the envelope": (
        lambda path: envelope(path, lambda outer: outer.update(note="x")),
        "cell-example.json is not a DSSE envelope",
    ),
    "no base64": (
        lambda path: envelope(path, lambda outer: outer.update(payload="***")),
        "cell-example.json is not a DSSE envelope",
    ),
    "a folder": (
        lambda path: (path.unlink(), path.mkdir()),
        "cell-example.json is not a regular file",
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_record_is_refused(tmp_path: Path, plan_file: Path, case: str) -> None:
    """What was not signed by a trusted key, or not as it stands, is refused with its reason."""
    path = written(tmp_path, plan_file)
    change, why = FORGED[case]
    change(path)
    assert refusal(path, plan_file).startswith(why)


def test_an_untrusted_key_is_named_with_the_trusted_one(tmp_path: Path, plan_file: Path) -> None:
    """The line names the key that signed, those that are trusted, where from, and the way out."""
    path = written(tmp_path, plan_file)
    mine = signing.signer(tmp_path).public_key.keyid
    forge(path)
    theirs = json.loads(path.read_text())["signatures"][0]["keyid"]
    error = refused(path, plan_file)
    assert error.found == f"cell-example.json is signed by key {theirs}, which is not trusted"
    assert error.allowed == f"{mine} from {tmp_path}/keys/gate.pub"
    assert error.fix == (
        "have a trusted key sign ($STUDIO_SIGNING_KEY), or trust this one ($STUDIO_TRUSTED_KEYS)"
    )


SHAPES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another predicate": (
        lambda s: s.update(predicateType="https://slsa.dev/provenance/v1"),
        "cell-example.json states something else: https://slsa.dev/provenance/v1",
    ),
    "a later version": (
        lambda s: s.update(predicateType="urn:agent-studio:gate-record:v2"),
        "cell-example.json is a gate record of the unknown version v2",
    ),
    "no statement": (
        lambda s: s.update(_type="https://in-toto.io/Statement/v0.1"),
        "cell-example.json holds no in-toto statement of version 1",
    ),
    **{
        name: (change, "cell-example.json is not shaped as a gate record")
        for name, change in {
            "no verdict": lambda s: s["predicate"].pop("verdict"),
            "another verdict": lambda s: s["predicate"].update(verdict="ALLOW"),
            "another field": lambda s: s["predicate"].update(force=True),
            "no findings": lambda s: s["predicate"].update(findings=None),
            "a finding of text": lambda s: s["predicate"].update(findings=["x"]),
            "a local time": lambda s: s["predicate"].update(time="2026-11-01T00:00:00"),
            "no time": lambda s: s["predicate"].update(time="now"),
            "no predicate": lambda s: s.update(predicate=[]),
            "no subjects": lambda s: s.update(subject=[]),
            "a third subject": lambda s: s["subject"].append(s["subject"][0]),
            "another's subject": lambda s: s["subject"][0].update(name="core/plan.bin"),
            "a short digest": lambda s: s["subject"][0]["digest"].update(sha256="0"),
            "a stack's path": lambda s: s["predicate"].update(stack="../core"),
            "no bundle": lambda s: s["predicate"].update(bundle=None),
        }.items()
    },
}


@pytest.mark.parametrize("case", SHAPES)
def test_a_signed_statement_of_another_shape_is_refused(
    tmp_path: Path, plan_file: Path, case: str
) -> None:
    """What a trusted key signed must still be a gate record of the one known version."""
    path = written(tmp_path, plan_file)
    change, why = SHAPES[case]
    content = statement(path)
    change(content)
    signed_again(path, content)
    assert refusal(path, plan_file) == why


def test_a_statement_with_a_key_twice_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """Readers differ in which of two equal keys they believe."""
    path = written(tmp_path, plan_file)
    payload = base64.b64decode(json.loads(path.read_text())["payload"])
    twice = payload.replace(b'"approver":null', b'"approver":null,"approver":"ada"')
    signer = signing.signer(tmp_path)
    path.write_bytes(signing.seal(twice, PAYLOAD_TYPE, signer))
    assert refusal(path, plan_file) == (
        "cell-example.json is not valid JSON: the key 'approver' stands twice"
    )


def at(path: Path, time: datetime) -> None:
    """Date a record."""
    content = statement(path)
    content["predicate"]["time"] = time.isoformat(timespec="seconds")
    signed_again(path, content)


def test_an_old_record_is_refused(
    tmp_path: Path, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record holds for 24 hours, or as long as is configured."""
    path = written(tmp_path, plan_file)
    now = datetime.now(UTC)
    at(path, now - timedelta(hours=23))
    record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)
    at(path, now - timedelta(hours=25))
    error = refused(path, plan_file)
    assert str(error.found).startswith("the record is 25.0 hours old, of 20")
    assert error.allowed == "24.0 hours ($STUDIO_RECORD_MAX_AGE_HOURS)"
    assert error.fix == "run `studio gate` again"
    monkeypatch.setenv("STUDIO_RECORD_MAX_AGE_HOURS", "26")
    record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)
    at(path, now - timedelta(days=365))
    assert refusal(path, plan_file).startswith("the record is 365 days old")
    any_age = record.Terms(any_age=True)
    record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file, terms=any_age)


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "a day", "1e300"])
def test_a_limit_that_is_no_number_of_hours_is_refused(
    tmp_path: Path, plan_file: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A limit that can't be understood is no limit to go by."""
    path = written(tmp_path, plan_file)
    monkeypatch.setenv("STUDIO_RECORD_MAX_AGE_HOURS", text)
    assert refused(path, plan_file).cause == "$STUDIO_RECORD_MAX_AGE_HOURS is no number of hours"


def test_a_record_from_the_future_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """Clocks may differ by five minutes; a record that is dated later is refused."""
    path = written(tmp_path, plan_file)
    at(path, datetime.now(UTC) + timedelta(minutes=4))
    record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)
    at(path, datetime.now(UTC) + timedelta(minutes=6))
    assert refusal(path, plan_file).startswith("the record is from the future: 20")


def test_a_record_of_another_bundle_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """What other rules allowed must be decided again."""
    path = written(tmp_path, plan_file)
    content = statement(path)
    content["predicate"]["bundle"]["digest"]["sha256"] = "0" * 64
    signed_again(path, content)
    error = refused(path, plan_file)
    assert error.found == f"the record was decided under the bundle {'0' * 64}"
    assert error.allowed == bundle.present_digest()
    terms = record.Terms(bundle="0" * 64)
    record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file, terms=terms)


def test_a_record_of_another_studio_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """A record that another state folder's key signed is refused in this one."""
    other = written(tmp_path / "other", plan_file)
    path = written(tmp_path, plan_file)
    path.write_bytes(other.read_bytes())
    assert "which is not trusted" in refusal(path, plan_file)


def test_a_verdict_on_another_stack_is_not_recorded(tmp_path: Path, plan_file: Path) -> None:
    """A record can't be written from a verdict that is not about its stack."""
    with pytest.raises(StudioError, match="the verdict is not about this stack"):
        record.write(
            tmp_path / "r.json",
            stack="core",
            digest="d",
            plan_file=plan_file,
            verdict=verdict(),
            tools={},
        )


PERSON = Approval(by_machine=False, reasons=("it adds ways out: a.b",), adds=None)
MACHINE = Approval(by_machine=True, reasons=(), adds={})
ASKING = replace(verdict(), approvals={STACK: PERSON})


@pytest.fixture
def estate_file(tmp_path: Path) -> Path:
    """An estate that names who may approve."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "approvers.yaml").write_text('approvers: {ada: ["cell-*"], bob: [core]}\n')
    return tmp_path / "regions.yaml"


@pytest.mark.parametrize(
    ("given", "approver", "found"),
    [
        (ASKING, "ada", None),
        (ASKING, "bob", "bob may not approve it"),
        (ASKING, "eve", "eve may not approve it"),
        (ASKING, None, "nobody approved it, and it adds ways out: a.b"),
        (verdict(), None, "nobody approved it, and it asks for a person"),
        (replace(verdict(), approvals={STACK: MACHINE}), None, None),
    ],
)
def test_where_the_estate_names_approvers_a_record_must_name_one(
    tmp_path: Path,
    plan_file: Path,
    estate_file: Path,
    given: Verdict,
    approver: str | None,
    found: str | None,
) -> None:
    """A person that may approve the stack, or the machine by the fast path; nobody else."""
    path = written(tmp_path, plan_file, verdict=given, approver=approver, estate_file=estate_file)
    expected = record.Expected(plan_file=plan_file, stack=STACK)
    terms = record.Terms(estate_file=estate_file)
    if found is None:
        assert record.verify(path, expected, terms=terms).approver == (approver or "machine")
        return
    with pytest.raises(StudioError) as caught:
        record.verify(path, expected, terms=terms)
    assert caught.value.found == found
    assert caught.value.allowed == f"ada by {tmp_path / 'policies' / 'approvers.yaml'}"
    assert "studio gate --approver NAME" in str(caught.value.fix)
    assert caught.value.exit_code is ExitCode.DENIED
    left_out = record.Terms(estate_file=estate_file, any_approver=True)
    assert record.verify(path, expected, terms=left_out).approver == approver


def test_what_was_approved_is_read_whatever_the_plan_file(tmp_path: Path, plan_file: Path) -> None:
    """Without a plan file a record tells who approved what; it is held to all the rest."""
    path = written(tmp_path, plan_file, verdict=ASKING, approver="ada")
    plan_file.write_bytes(b"another")
    read = record.verify(path, record.Expected(plan_file=None, stack=STACK, digest="d1"))
    assert (read.approver, read.approval) == ("ada", PERSON)
    with pytest.raises(StudioError, match="the stack changed after it was judged"):
        record.verify(path, record.Expected(plan_file=None, stack=STACK, digest="d2"))
