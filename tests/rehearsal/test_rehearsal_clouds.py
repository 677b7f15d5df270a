"""The example estate's stacks on the clouds that twins stand in for, from bootstrap to destroy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import azure_core
from support.estates import write_estate

ROOT = Path(__file__).parents[2]
STUDIO = str(Path(sys.executable).with_name("studio"))

ON = {
    "guardrails-research-jp": "twin of google",
    "cell-gcp-asia-northeast1-research-jp": "twin of google, OpenBao",
    "guardrails-clinics-uk": "twin of azurerm",
    "cell-azure-uksouth-clinics-uk": "twin of azurerm, OpenBao",
}


@pytest.mark.cloud
def test_stacks_are_rehearsed_on_twins(tmp_path: Path) -> None:
    """Planned, gated, applied, planned again empty and allowed, without drift, and destroyed."""
    clouds = ["--cloud", "gcp", "--cloud", "azure"]
    done = subprocess.run(
        [STUDIO, "--state-dir", str(tmp_path), "--format=json", "rehearse", *clouds],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outcome = json.loads(done.stdout)
    assert outcome["passed"] is True
    rows = {row["name"]: row for row in outcome["stacks"] if row["applied"]}
    assert {name: row["on"] for name, row in rows.items()} == ON
    for row in rows.values():
        assert (row["verdict"], row["second_plan"], row["drift"]) == ("allow", "empty", "0")
        assert row["destroyed"] == "destroyed"
    for name in ("cell-gcp-*", "cell-azure-*"):
        lock = next((tmp_path / "rehearsal" / "work").glob(f"{name}/.terraform.lock.hcl"))
        assert "+twin" in lock.read_text()


@pytest.mark.cloud
@pytest.mark.slow
@pytest.mark.parametrize("isolation", ["namespace", "prefix"])
def test_a_core_on_azure_is_rehearsed_on_the_twin(tmp_path: Path, isolation: str) -> None:
    """With its guardrails and a cell: applied, planned again empty, without drift, destroyed.

    In Vault under the policies of CI's own login, with namespaces and without.
    """
    estate = tmp_path / "regions.yaml"
    text = azure_core.ESTATE.replace("vault:\n", f"vault:\n  isolation: {isolation}\n")
    assert text != azure_core.ESTATE
    estate.write_text(text, encoding="utf-8")
    command = [STUDIO, "--estate", str(estate), "--state-dir", str(tmp_path), "--format=json"]
    done = subprocess.run(
        [*command, "rehearse", "--cloud", "azure"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outcome = json.loads(done.stdout)
    assert outcome["passed"] is True
    rows = {row["name"]: row for row in outcome["stacks"] if row["applied"]}
    assert set(rows) == {"core", "guardrails-platform", "guardrails-clinics-uk", azure_core.CELL}
    for row in rows.values():
        assert row["on"].startswith("twin of azurerm")
        assert (row["verdict"], row["second_plan"], row["drift"]) == ("allow", "empty", "0")
        assert row["destroyed"] == "destroyed"


def test_a_cloud_without_stacks_is_refused(tmp_path: Path) -> None:
    """One line names the clouds that the estate has."""
    estate = write_estate(tmp_path / "regions.yaml", 2, clouds=["aws", "gcp"], cells_per_account=1)
    command = [STUDIO, "--estate", str(estate), "--state-dir", str(tmp_path), "rehearse"]
    done = subprocess.run(
        [*command, "--cloud", "azure"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "error: the estate has no such stack; found * on azure; allowed: aws, gcp; "
        "fix: list them: studio estate show\n"
    )
