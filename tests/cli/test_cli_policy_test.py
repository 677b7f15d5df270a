"""`studio policy test`: what a keeper of rules sees."""

import json
import os
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
STUDIO = Path(sys.executable).with_name("studio")
SCHEMA = json.loads((ROOT / "docs/reference/json/policy-test.schema.json").read_text())


def studio(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `studio` in the checkout."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STUDIO_")}
    return subprocess.run(
        [STUDIO, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_policies_pass_their_tests() -> None:
    """The document is of its schema, and nothing failed."""
    done = studio("--format", "json", "policy", "test")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    document = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    assert document["passed"] is True
    assert document["coverage"] == 1
    assert all(one["mutants"] and not one["survived"] for one in document["policies"])


def test_a_failing_case_of_another_folder_is_named(tmp_path: Path) -> None:
    """A table of one's own that does not hold ends the command with 1 and says what was found."""
    (tmp_path / "mine.yaml").write_text(
        "cases:\n  residency-store:\n"
        "    - {is: far away, action: Store, context: {region: us-east-1}, allowed: true}\n"
    )
    done = studio("policy", "test", "--from", str(tmp_path))
    assert done.returncode == 1
    assert (
        "failed: estate/residency-store: far away: expected allowed, found denied by "
        "residency-store" in done.stderr
    )
    assert "1 failed;" in done.stdout


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    """One line says what is missing."""
    done = studio("policy", "test", "--from", str(tmp_path))
    assert done.returncode == 1
    assert f"the folder holds no policy tests; found {tmp_path}; allowed: *.yaml" in done.stderr
