"""Google Cloud's stacks of the example estate, from bootstrap to destroy, on a twin."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUDIO = str(Path(sys.executable).with_name("studio"))


@pytest.mark.cloud
def test_google_clouds_stacks_are_rehearsed_on_a_twin(tmp_path: Path) -> None:
    """Planned, gated, applied, planned again empty and allowed, without drift, and destroyed."""
    done = subprocess.run(
        [STUDIO, "--state-dir", str(tmp_path), "--format=json", "rehearse", "--cloud", "gcp"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outcome = json.loads(done.stdout)
    assert outcome["passed"] is True
    rows = {row["name"]: row for row in outcome["stacks"] if row["applied"]}
    assert set(rows) == {"guardrails-research-jp", "cell-gcp-asia-northeast1-research-jp"}
    for row in rows.values():
        assert row["on"] == "twin of google"
        assert (row["verdict"], row["second_plan"], row["drift"]) == ("allow", "empty", "0")
        assert row["destroyed"] == "destroyed"
    lock = next((tmp_path / "rehearsal" / "work").glob("cell-gcp-*/.terraform.lock.hcl"))
    assert "+twin" in lock.read_text()


def test_a_cloud_without_stacks_is_refused(tmp_path: Path) -> None:
    """One line names the clouds that the estate has."""
    command = [STUDIO, "--state-dir", str(tmp_path), "rehearse", "--cloud", "azure"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "error: the estate has no such stack; found * on azure; allowed: aws, gcp; "
        "fix: list them: studio estate show\n"
    )
