"""`studio gate`: folders and pipelines judged, records written, exit codes."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.packed import packed

from agent_studio.estate.errors import StudioError
from agent_studio.policies import record

ROOT = Path(__file__).resolve().parents[2]
STACK = "cell-aws-eu-west-1-payments-eu"
ESTATE = f"--estate={ROOT / 'regions.yaml'}"
STUDIO = Path(sys.executable).with_name("studio")
EXAMPLE = ROOT / "tests" / "policies" / "fixtures" / "cell-example"
SCHEMA = json.loads((ROOT / "docs" / "reference" / "json" / "gate.schema.json").read_text())


def gate(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run the gate in a folder; exit code, JSON and stderr."""
    done = subprocess.run(
        [STUDIO, ESTATE, "--format", "json", "gate", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    document = json.loads(done.stdout)
    if "error" not in document:
        Draft202012Validator(SCHEMA).validate(document)
    return done.returncode, document, done.stderr


def spoil(path: Path) -> None:
    """Turn the key's rotation off in a synthesized stack."""
    content = json.loads(path.read_text())
    content["resource"]["aws_kms_key"]["keys_operations"]["enable_key_rotation"] = False
    path.write_text(json.dumps(content, indent=2))


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A folder with a `.studio` as `studio synth` and `studio plan` leave it."""
    synth = tmp_path / ".studio" / "synth"
    plan = tmp_path / ".studio" / "plan" / STACK
    (synth / "stacks" / STACK).mkdir(parents=True)
    plan.mkdir(parents=True)
    shutil.copy(EXAMPLE / "cdk.tf.json", synth / "stacks" / STACK)
    for name in ("plan.json", "plan.bin"):
        shutil.copy(EXAMPLE / name, plan)
    stack = {
        "name": STACK,
        "layer": "cell",
        "path": f".studio/synth/stacks/{STACK}",
        "digest": "d1",
        "resources": 9,
    }
    (synth / "manifest.json").write_text(json.dumps({"stacks": [stack]}))
    sha256 = hashlib.sha256((plan / "plan.bin").read_bytes()).hexdigest()
    meta = {"stack": STACK, "digest": "d1", "plan_sha256": sha256}
    (plan / "meta.json").write_text(json.dumps(meta))
    return tmp_path


def test_an_allowed_plan_gets_a_record(pipeline: Path) -> None:
    """The pipeline's plan is judged, and its record allows exactly that plan file."""
    code, document, _ = gate(pipeline)
    assert (code, document["verdict"]) == (0, "allow")
    assert document["records"] == [{"stack": STACK, "path": f".studio/gate/{STACK}.json"}]
    read = record.read_and_verify(
        pipeline / ".studio" / "gate" / f"{STACK}.json",
        stack=STACK,
        digest="d1",
        plan_file=pipeline / ".studio" / "plan" / STACK / "plan.bin",
    )
    assert set(read.tools) == {"agent-studio", "cedarpy", "checkov"}
    assert read.stack_sha256 == record.sha256(
        pipeline / ".studio" / "synth" / "stacks" / STACK / "cdk.tf.json"
    )


def test_a_denied_plan_gets_a_record_that_refuses(pipeline: Path) -> None:
    """A plan of an older stack is denied with exit code 3, and its record says so."""
    manifest = pipeline / ".studio" / "synth" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"d1"', '"d2"'))
    code, document, _ = gate(pipeline)
    assert (code, document["verdict"]) == (3, "deny")
    assert [f["control"] for f in document["findings"]] == ["studio/plan-unbound"]
    kept = json.loads((pipeline / ".studio" / "gate" / f"{STACK}.json").read_text())
    assert json.loads(base64.b64decode(kept["payload"]))["predicate"]["verdict"] == "deny"
    with pytest.raises(StudioError, match="the gate denied this plan"):
        record.read_and_verify(
            pipeline / ".studio" / "gate" / f"{STACK}.json",
            stack=STACK,
            digest="d2",
            plan_file=pipeline / ".studio" / "plan" / STACK / "plan.bin",
        )


def test_without_plans_the_stacks_are_judged(pipeline: Path) -> None:
    """Before any plan the synthesized stacks are judged, and no record is written."""
    shutil.rmtree(pipeline / ".studio" / "plan")
    spoil(pipeline / ".studio" / "synth" / "stacks" / STACK / "cdk.tf.json")
    code, document, _ = gate(pipeline)
    assert (code, [f["control"] for f in document["findings"]]) == (
        3,
        ["CKV_AWS_7", "studio/encryption-key"],
    )
    assert document["records"] == []


def test_a_plan_stage_without_plans_is_an_error(pipeline: Path) -> None:
    """Asking for plans where there are none is an error, not an allow."""
    shutil.rmtree(pipeline / ".studio" / "plan")
    code, document, _ = gate(pipeline, "--stage", "plan")
    assert code == 1
    assert document["error"]["message"] == "there is nothing to judge"


@pytest.mark.parametrize("place", [".", f"stacks/{STACK}", f"deep/down/{STACK}"])
def test_a_folder_is_judged_in_any_sane_layout(tmp_path: Path, place: str) -> None:
    """Stack and plan are found wherever they lie below the folder."""
    folder = tmp_path / place
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("cdk.tf.json", "plan.json", "plan.bin"):
        shutil.copy(EXAMPLE / name, folder)
    code, document, _ = gate(tmp_path, "--from", ".")
    approvals = document.pop("approvals")
    assert code == 0
    assert document == {"verdict": "allow", "findings": [], "exceptions": [], "records": []}
    assert [(one["stack"], one["by"]) for one in approvals] == [(STACK, "person")]
    spoil(folder / "cdk.tf.json")
    code, document, _ = gate(tmp_path, "--from", ".")
    assert (code, [f["control"] for f in document["findings"]]) == (
        3,
        ["CKV_AWS_7", "studio/encryption-key"],
    )


def test_a_plan_file_alone_is_denied(tmp_path: Path) -> None:
    """A plan file whose JSON is missing can't be judged, so it is denied."""
    folder = tmp_path / "core"
    folder.mkdir()
    shutil.copy(EXAMPLE / "plan.bin", folder)
    code, document, _ = gate(tmp_path, "--from", ".")
    assert (code, [f["control"] for f in document["findings"]]) == (3, ["studio/plan-unreadable"])


def test_plan_json_alone_is_judged_with_a_remark(tmp_path: Path) -> None:
    """JSON without its plan file is judged by its content; the remark says what that is worth."""
    folder = tmp_path / "guardrails-platform"
    folder.mkdir()
    plan = json.loads(packed("guardrails-platform", "plan"))
    provider = plan["configuration"]["provider_config"]["aws"]["expressions"]
    # It was made in a rehearsal; a plan for the cloud itself goes by no endpoint and no proxy.
    for name in ("endpoints", "http_proxy", "https_proxy"):
        del provider[name]
    (folder / "plan.json").write_text(json.dumps(plan))
    code, document, said = gate(tmp_path, "--from", ".")
    assert (code, document["verdict"]) == (0, "allow")
    assert "no plan file beside plan.json; the verdict is on the JSON alone" in said


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    """A folder with nothing to judge is an error, not an allow."""
    code, document, _ = gate(tmp_path, "--from", ".")
    assert code == 1
    assert document["error"]["message"] == "there is nothing to judge"


def test_two_files_for_one_stack_are_an_error(tmp_path: Path) -> None:
    """Two stacks of one name can't both be the one that is applied."""
    for place in ("a/core", "b/core"):
        (tmp_path / place).mkdir(parents=True)
        shutil.copy(EXAMPLE / "cdk.tf.json", tmp_path / place)
    code, document, _ = gate(tmp_path, "--from", ".")
    assert code == 1
    assert document["error"]["message"] == "two files could be the stack of stack core"


def test_the_table_says_what_to_do(tmp_path: Path) -> None:
    """People get severity, control, construct, what is wrong and the fix, and a last line."""
    shutil.copy(EXAMPLE / "cdk.tf.json", tmp_path)
    spoil(tmp_path / "cdk.tf.json")
    done = subprocess.run(
        [STUDIO, ESTATE, "gate", "--from", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    for text in ("high", "CKV_AWS_7", "cell-example/keys/operations", "enable_key_rotation"):
        assert text in done.stdout
    assert done.stdout.splitlines()[-1] == "deny: 1 stack judged, 1 denied, 2 findings"


def test_a_plan_that_adds_something_asks_for_an_approver(pipeline: Path) -> None:
    """The table counts what it adds, the JSON lists it, and the record names the approver."""
    table = subprocess.run(
        [STUDIO, ESTATE, "gate", "--approver", "Ada Lovelace"],
        capture_output=True,
        text=True,
        cwd=pipeline,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert "Plans that ask for an approver" in table.stdout
    assert "3 locations, 1 principals, 2 egress, 1 keys" in table.stdout
    assert table.stdout.splitlines()[-1] == "allow: 1 stack judged, 0 denied, 0 findings"
    path = pipeline / ".studio" / "gate" / f"{STACK}.json"
    plan_file = pipeline / ".studio" / "plan" / STACK / "plan.bin"
    read = record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)
    assert read.approver == "Ada Lovelace"
    assert read.approval is not None
    _, document, _ = gate(pipeline)
    assert document["approvals"] == [{"stack": STACK, **read.approval.as_json()}]


@pytest.mark.parametrize("name", ["machine", " ", "a\nb", "x" * 201])
def test_an_approver_is_a_name(pipeline: Path, name: str) -> None:
    """What can't name a person is refused before anything is judged."""
    done = subprocess.run(
        [STUDIO, ESTATE, "gate", "--approver", name],
        capture_output=True,
        text=True,
        cwd=pipeline,
        check=False,
    )
    assert done.returncode == 2
    assert "a name of 1 to 200 printable characters" in done.stderr
    assert not (pipeline / ".studio" / "gate").exists()
