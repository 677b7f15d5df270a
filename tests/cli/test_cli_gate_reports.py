"""`studio gate --report` and exceptions, from the command line."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
STUDIO = Path(sys.executable).with_name("studio")
FIXTURES = ROOT / "tests" / "policies" / "fixtures"
SCHEMA = json.loads((ROOT / "docs" / "reference" / "json" / "gate.schema.json").read_text())
SARIF = json.loads((FIXTURES / "sarif" / "sarif-schema-2.1.0.json").read_text())
LAST = r"deny: 1 stack judged, 1 denied, \d+ findings"
KEY = "aws_kms_key.keys_operations"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example estate, and the example stack with its key's rotation off.

    The stack is none of the estate's, so it is denied whatever else is found.
    """
    shutil.copy(ROOT / "regions.yaml", tmp_path)
    place = tmp_path / "stacks" / "cell-example"
    shutil.copytree(FIXTURES / "cell-example", place)
    path = place / "cdk.tf.json"
    content = json.loads(path.read_text())
    content["resource"]["aws_kms_key"]["keys_operations"]["enable_key_rotation"] = False
    path.write_text(json.dumps(content, indent=2))
    return tmp_path


def exception(folder: Path, *, days: int, resource: str = f"cell-*/{KEY}") -> Path:
    """Write exceptions beside where an estate would be."""
    expires = datetime.now(UTC).date() + timedelta(days=days)
    path = folder / "policies" / "exceptions.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "exceptions:\n"
        "  - id: EX-1\n"
        "    control: CKV_AWS_7\n"
        f"    resource: '{resource}'\n"
        "    owner: payments\n"
        "    approver: security\n"
        "    reason: rotated by hand\n"
        "    compensating: a weekly report\n"
        f"    expires: {expires.isoformat()}\n"
    )
    return path


def rotation(document: dict[str, Any]) -> dict[str, Any]:
    """The one finding about the key's rotation."""
    (found,) = [one for one in document["findings"] if one["control"] == "CKV_AWS_7"]
    assert isinstance(found, dict)
    return found


def gate(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the gate in a folder."""
    before, after = [], list(arguments)
    if "--json" in after:
        after.remove("--json")
        before = ["--format", "json"]
    return subprocess.run(
        [STUDIO, *before, "gate", "--from", "stacks", *after],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if k != "STUDIO_EXCEPTIONS"}, **environment},
        check=False,
    )


def test_every_kind_of_report_is_written(folder: Path) -> None:
    """One run writes a report of each kind, readable by its owner alone, denied or not."""
    names = {
        "sarif": "out/gate.sarif",
        "junit": "out/gate.xml",
        "markdown": "out/gate.md",
        "html": "out/gate.html",
        "json": "out/gate.json",
    }
    done = gate(folder, *(f"--report={kind}={path}" for kind, path in names.items()))
    assert done.returncode == 3, done.stderr
    assert re.fullmatch(LAST, done.stdout.splitlines()[-1])
    texts = {kind: (folder / path).read_text() for kind, path in names.items()}
    for path in names.values():
        assert stat.S_IMODE((folder / path).stat().st_mode) == 0o600

    sarif = json.loads(texts["sarif"])
    Draft4Validator(SARIF).validate(sarif)
    (result,) = [one for one in sarif["runs"][0]["results"] if one["ruleId"] == "CKV_AWS_7"]
    physical = result["locations"][0]["physicalLocation"]
    artifact = physical["artifactLocation"]
    assert artifact == {"uri": "stacks/cell-example/cdk.tf.json", "uriBaseId": "%SRCROOT%"}
    assert physical["region"]["startLine"] > 1

    (suite,) = Xml.fromstring(texts["junit"]).findall("testsuite")  # noqa: S314 - our own text
    assert suite.get("name") == "cell-aws-eu-west-1-payments-eu"
    assert "CKV_AWS_7" in [case.get("name") for case in suite if case.find("failure") is not None]
    assert "## Gate: denied" in texts["markdown"]
    assert "CKV&#95;AWS&#95;7" in texts["markdown"]
    assert f'<code class="soft">{KEY}</code>' in texts["html"]
    document = json.loads(texts["json"])
    Draft202012Validator(SCHEMA).validate(document)
    assert document["verdict"] == "deny"


def test_a_report_on_stdout_takes_the_place_of_the_table(folder: Path) -> None:
    """With `-` stdout holds the report alone, and the last line goes to stderr."""
    done = gate(folder, "--report", "sarif=-")
    assert done.returncode == 3
    assert json.loads(done.stdout)["version"] == "2.1.0"
    assert re.search(LAST, done.stderr)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--report", "pdf=a"], "'pdf' is none of sarif, junit, markdown, html, json."),
        (["--report", "sarif"], "write sarif=PATH, or sarif=- for stdout."),
        (["--report", "html=-", "--report", "json=-"], "Only one --report can go to stdout."),
        (["--json", "--report", "html=-"], "With --format json stdout holds the JSON"),
    ],
)
def test_a_report_that_cannot_be_is_wrong_usage(
    folder: Path, arguments: list[str], said: str
) -> None:
    """An unknown kind, a missing path and two uses of stdout end with exit code 2."""
    done = gate(folder, *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_report_that_cannot_be_written_is_an_error(folder: Path) -> None:
    """A path that is a folder ends in one line."""
    (folder / "taken").mkdir()
    done = gate(folder, "--report", "html=taken")
    assert done.returncode == 1
    assert "error: the html report can't be written; found taken: Is a directory" in done.stderr


def test_an_exception_beside_the_estate_lets_a_finding_pass(folder: Path) -> None:
    """The table says by which exception a finding passes; the JSON names it with its owner."""
    exception(folder, days=30)
    done = gate(folder, "--report", "json=gate.json", "--report", "sarif=gate.sarif")
    assert "passes by" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(", 1 passed by exception")
    document = json.loads((folder / "gate.json").read_text())
    Draft202012Validator(SCHEMA).validate(document)
    found = rotation(document)
    assert (found["exception"], found["blocks"]) == ("EX-1", False)
    (used,) = document["exceptions"]
    assert (used["id"], used["owner"], used["approver"]) == ("EX-1", "payments", "security")
    assert used["source"] == "policies/exceptions.yaml:2"
    sarif = json.loads((folder / "gate.sarif").read_text())
    ((suppression,),) = [
        one["suppressions"] for one in sarif["runs"][0]["results"] if one["suppressions"]
    ]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")


def test_an_expired_exception_denies(folder: Path) -> None:
    """A day after its last day the finding denies and says since when."""
    exception(folder, days=-1)
    done = gate(folder, "--json")
    assert done.returncode == 3
    found = rotation(json.loads(done.stdout))
    assert (found["exception"], found["blocks"]) == (None, True)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert found["message"].endswith(f"its exception EX-1 expired on {yesterday}, 1 day ago")


def test_the_environment_names_other_exceptions(folder: Path) -> None:
    """$STUDIO_EXCEPTIONS goes before the file beside the estate."""
    path = exception(folder, days=30)
    path.rename(folder / "other.yaml")
    assert rotation(json.loads(gate(folder, "--json").stdout))["exception"] is None
    done = gate(folder, "--json", STUDIO_EXCEPTIONS="other.yaml")
    assert rotation(json.loads(done.stdout))["exception"] == "EX-1"
    done = gate(folder, STUDIO_EXCEPTIONS="gone.yaml")
    assert done.returncode == 1
    assert "gone.yaml:1:1: the exceptions can't be read; found gone.yaml can't" in done.stderr


def test_exceptions_with_mistakes_judge_nothing(folder: Path) -> None:
    """A wrong file ends the run before anything is judged, each mistake on its own line."""
    exception(folder, days=120, resource="*/*")
    done = gate(folder)
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith(
        "policies/exceptions.yaml:4:15: exceptions[0].resource: the pattern matches too much; "
        "found `*/*`; allowed: a pattern that names one stack, or one resource type in full"
    )
    assert "120 days ahead; allowed: at most 90 days ahead" in lines[1]
