"""`studio record verify` and `studio policy`: what auditors and keepers of rules run."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from agent_studio.policies import Stage, bundle, record, signing
from agent_studio.policies.bundle.archive import Archive
from agent_studio.policies.gate import judge
from agent_studio.policies.inputs import from_state_dir
from agent_studio.policies.record.statement import PAYLOAD_TYPE
from agent_studio.policies.record.tools import deciding

ROOT = Path(__file__).resolve().parents[2]
STUDIO = Path(sys.executable).with_name("studio")
EXAMPLE = ROOT / "tests" / "policies" / "fixtures" / "cell-example"
SCHEMAS = [
    json.loads(path.read_text())
    for path in (ROOT / "docs" / "reference" / "json").glob("*.schema.json")
]
REGISTRY: "Registry[Any]" = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS
)
RECORD = ".studio/gate/cell-example.json"
PLAN = ".studio/plan/cell-example/plan.bin"
STACK_FILE = ".studio/synth/stacks/cell-example/cdk.tf.json"


def studio(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `studio` as a user would, with no key of the developer's own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {signing.SIGNING_KEY, signing.TRUSTED_KEYS}
    }
    return subprocess.run(
        [STUDIO, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**kept, **environment},
        check=False,
    )


def answer(folder: Path, name: str, *arguments: str) -> dict[str, Any]:
    """The JSON of a command that succeeds, valid by its schema."""
    done = studio(folder, "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    schema = next(one for one in SCHEMAS if one["$id"] == f"{name}.schema.json")
    Draft202012Validator(schema, registry=REGISTRY).validate(document)
    return document


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a plan that the gate allowed."""
    folder = tmp_path_factory.mktemp("judged")
    synth = folder / ".studio" / "synth"
    plan = folder / ".studio" / "plan" / "cell-example"
    (synth / "stacks" / "cell-example").mkdir(parents=True)
    plan.mkdir(parents=True)
    shutil.copy(EXAMPLE / "cdk.tf.json", synth / "stacks" / "cell-example")
    for name in ("plan.json", "plan.bin"):
        shutil.copy(EXAMPLE / name, plan)
    stack = {
        "name": "cell-example",
        "layer": "cell",
        "path": ".studio/synth/stacks/cell-example",
        "digest": "d1",
        "resources": 9,
    }
    (synth / "manifest.json").write_text(json.dumps({"stacks": [stack]}))
    sha256 = hashlib.sha256((plan / "plan.bin").read_bytes()).hexdigest()
    meta = {"stack": "cell-example", "digest": "d1", "plan_sha256": sha256}
    (plan / "meta.json").write_text(json.dumps(meta))
    (item,) = from_state_dir(folder / ".studio")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(signing.SIGNING_KEY, raising=False)
        record.write(
            folder / RECORD,
            stack="cell-example",
            digest="d1",
            plan_file=folder / PLAN,
            verdict=judge([item], stage=Stage.PLAN),
            tools=deciding(),
            stack_file=folder / STACK_FILE,
        )
    return folder


@pytest.fixture
def pipeline(judged: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    shutil.copytree(judged, tmp_path, dirs_exist_ok=True)
    return tmp_path


def dated(folder: Path, time: datetime, bundle_digest: str | None = None) -> None:
    """Give the record another date, and another bundle, signed by the same key."""
    path = folder / RECORD
    content = json.loads(base64.b64decode(json.loads(path.read_text())["payload"]))
    content["predicate"]["time"] = time.isoformat(timespec="seconds")
    if bundle_digest is not None:
        content["predicate"]["bundle"]["digest"]["sha256"] = bundle_digest
    signer = signing.signer(folder / ".studio")
    path.write_bytes(signing.seal(signing.canonical(content), PAYLOAD_TYPE, signer))


def test_a_record_is_verified_and_shown(judged: Path) -> None:
    """JSON says what was decided, by which key, when, under which bundle, and what was left out."""
    arguments = ("record", "verify", RECORD, "--plan", PLAN)
    document = answer(judged, "record-verify", *arguments, "--stack-file", STACK_FILE)
    assert (document["stack"], document["verdict"]) == ("cell-example", "allow")
    assert document["bundle"] == {"digest": bundle.present_digest(), "version": "1.0.0"}
    assert document["not_checked"] == []
    named = answer(judged, "record-verify", *arguments, "--stack", "cell-example", "--any-age")
    assert named["not_checked"] == ["age", "stack file"]
    assert named["key_id"] == signing.signer(judged / ".studio").public_key.keyid


def test_people_get_a_table(judged: Path) -> None:
    """The table has the same, and stderr says what was not checked."""
    done = studio(
        judged, "record", "verify", RECORD, "--plan", PLAN, "--stack", "cell-example", "--any-age"
    )
    assert done.returncode == 0
    for text in ("cell-example.json: verified", "allow, 0 findings", "(1.0.0)", "checkov"):
        assert text in done.stdout
    assert done.stderr == "not checked: the record's age\nnot checked: the record's stack file\n"


def test_a_changed_plan_file_does_not_verify(pipeline: Path) -> None:
    """Exit code 3 and one line."""
    with (pipeline / PLAN).open("ab") as file:
        file.write(b"x")
    done = studio(pipeline, "record", "verify", RECORD, "--plan", PLAN, "--stack", "cell-example")
    assert done.returncode == 3
    assert done.stderr == (
        "error: no gate record allows the plan of cell-example; found the plan file is not the one"
        " that was judged; fix: run `studio plan` and `studio gate` again\n"
    )


def test_an_auditor_verifies_a_year_later(pipeline: Path, tmp_path: Path) -> None:
    """With the key's file, and age and bundle left out on purpose, an old record verifies."""
    dated(pipeline, datetime.now(UTC) - timedelta(days=365), "0" * 64)
    key = tmp_path / "auditor.pub"
    shutil.move(pipeline / ".studio" / "keys" / "gate.pub", key)
    arguments = ["record", "verify", RECORD, "--plan", PLAN, "--stack-file", STACK_FILE]
    done = studio(pipeline, *arguments, "--key", str(key))
    assert (done.returncode, "365 days old" in done.stderr) == (3, True)
    done = studio(pipeline, *arguments, "--key", str(key), "--any-age")
    assert (done.returncode, "under the bundle 000000" in done.stderr) == (3, True)
    arguments += ["--key", str(key), "--any-age"]
    named = answer(pipeline, "record-verify", *arguments, "--bundle", "0" * 64)
    assert named["not_checked"] == ["age"]
    open_ = answer(pipeline, "record-verify", *arguments, "--any-bundle")
    assert open_["not_checked"] == ["age", "bundle"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], "Name the stack with --stack, or its file with --stack-file."),
        (
            ["--stack", "s", "--bundle", "0", "--any-bundle"],
            "--bundle and --any-bundle exclude each other.",
        ),
    ],
)
def test_a_question_that_is_none_is_wrong_usage(
    tmp_path: Path, options: list[str], line: str
) -> None:
    """Exit code 2 where it is not said what the record must be of."""
    done = studio(tmp_path, "record", "verify", "r", "--plan", "p", *options)
    assert (done.returncode, line in done.stderr) == (2, True)


def test_the_rules_are_bundled(tmp_path: Path) -> None:
    """The archive's SHA-256 is the digest, and every archive of the same rules is equal."""
    first = answer(tmp_path, "policy-bundle", "policy", "bundle")
    assert first["archive"] == ".studio/bundles/1.0.0.tar"
    content = (tmp_path / first["archive"]).read_bytes()
    assert first["digest"] == hashlib.sha256(content).hexdigest() == bundle.present_digest()
    assert (tmp_path / first["manifest"]).is_file()
    done = studio(tmp_path, "policy", "bundle", "--version", "2.0.0", "--out", "out/b.tar")
    assert (done.returncode, first["digest"] in done.stdout) == (0, True)
    assert (tmp_path / "out" / "b.tar").read_bytes() == content


def test_a_version_that_is_none_is_refused(tmp_path: Path) -> None:
    """A bundle's version has three numbers."""
    done = studio(tmp_path, "policy", "bundle", "--version", "v2")
    assert done.returncode == 1
    assert done.stderr == "error: a bundle's version is not one; found v2; allowed: 1.2.3\n"


def other_rules(folder: Path, name: str, content: bytes) -> tuple[Path, str]:
    """A bundle with one file of its own."""
    archive = Archive({**bundle.present().archive.files, name: content})
    path = folder / "other.tar"
    path.write_bytes(archive.packed())
    return path, archive.digest


def test_the_same_rules_change_no_decision(pipeline: Path) -> None:
    """A replay under the bundle in force lists nothing."""
    made = answer(pipeline, "policy-bundle", "policy", "bundle")
    found = answer(pipeline, "policy-replay", "policy", "replay", made["archive"])
    assert found == {
        "bundle": made["digest"],
        "replayed": ["cell-example"],
        "changes": [],
        "left_out": [],
    }


def test_a_replay_lists_what_other_rules_would_decide(pipeline: Path) -> None:
    """A rule more denies what was allowed; the state folder and the record stay as they are."""
    before = (pipeline / RECORD).read_bytes()
    rule = b"""types:
  aws_kms_key:
    reason: it is made for the test
    protect: true
    never: {enable_key_rotation: true}
"""
    path, digest = other_rules(pipeline, "data_bearing.yaml", rule)
    arguments = ("policy", "replay", str(path), "--digest", digest)
    found = answer(pipeline, "policy-replay", *arguments)
    (change,) = found["changes"]
    assert (change["stack"], change["before"], change["after"]) == ("cell-example", "allow", "deny")
    assert {one["address"].split(".")[0] for one in change["added"]} == {"aws_kms_key"}
    assert change["gone"] == []
    done = studio(pipeline, *arguments)
    assert "1 plan replayed, 1 decision would change" in done.stdout
    assert (pipeline / RECORD).read_bytes() == before


def test_a_replay_names_plans_that_it_can_not_decide(pipeline: Path) -> None:
    """A plan whose record does not verify is left out, with the reason."""
    with (pipeline / PLAN).open("ab") as file:
        file.write(b"x")
    path, digest = other_rules(pipeline, "data_bearing.yaml", b"types: {}\n")
    done = studio(pipeline, "policy", "replay", str(path), "--digest", digest)
    assert done.returncode == 1
    assert done.stderr == (
        "error: there is no recorded plan to replay; found cell-example: the plan file is not the"
        " one that was judged; fix: run `studio plan` and `studio gate` first\n"
    )


def test_rules_that_can_not_judge_are_an_error(pipeline: Path) -> None:
    """A bundle that the installed kit can't judge under is one line, and no change."""
    path, digest = other_rules(pipeline, "controls.yaml", b"nothing: {}\n")
    done = studio(pipeline, "policy", "replay", str(path), "--digest", digest)
    assert done.returncode == 1
    assert done.stderr.startswith("error: plans can't be judged under the bundle; found ")


def test_an_unsigned_bundle_is_not_replayed_unless_its_digest_is_named(pipeline: Path) -> None:
    """Code of a bundle runs: it must be signed by a trusted key, or named by its digest."""
    path, _ = other_rules(pipeline, "data_bearing.yaml", b"types: {}\n")
    done = studio(pipeline, "policy", "replay", str(path))
    assert done.returncode == 3
    assert done.stderr.startswith("error: the bundle's manifest proves nothing; found")


def test_the_gate_judges_under_the_bundle_that_is_put_in_force(pipeline: Path) -> None:
    """A rollback: the gate's records name the older bundle, and no other rules accept them.

    The example's stack is none of the estate's, so its record denies: under the bundle that is
    named, that is all there is to object to.
    """
    path, digest = other_rules(pipeline, "data_bearing.yaml", b"types: {}\n")
    older = {"STUDIO_BUNDLE": str(path), "STUDIO_BUNDLE_DIGEST": digest}
    estate = ("--estate", str(ROOT / "regions.yaml"))
    done = studio(pipeline, *estate, "gate", **older)
    assert done.returncode == 3, done.stderr
    arguments = (*estate, "record", "verify", RECORD, "--plan", PLAN, "--stack", "cell-example")
    denied = studio(pipeline, *arguments, **older)
    assert (denied.returncode, "the gate denied this plan" in denied.stderr) == (3, True)
    refused = studio(pipeline, *arguments)
    assert (refused.returncode, f"under the bundle {digest}" in refused.stderr) == (3, True)
    broken = studio(pipeline, *estate, "gate", **{**older, "STUDIO_BUNDLE_DIGEST": "0" * 64})
    assert broken.returncode == 3
    assert broken.stderr.startswith("error: other.tar is not the bundle that was named; found")
