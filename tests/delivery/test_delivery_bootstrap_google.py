"""The commands that make Google Cloud projects ready."""

import subprocess
import sys
from pathlib import Path

from support.estates import EXAMPLE

from agent_studio.estate import Cloud
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import gcp as names

STUDIO = str(Path(sys.executable).with_name("studio"))


def asked(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `studio bootstrap --commands gcp` on the example estate."""
    command = [STUDIO, "--estate", str(EXAMPLE), "bootstrap", "--commands", "gcp", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def script() -> str:
    """What it prints."""
    done = asked()
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_script_makes_what_the_stacks_count_on() -> None:
    """Each stack's state bucket, in its own region, and the three accounts of its project."""
    text = script()
    stacks = [ref for ref in load_estate(EXAMPLE).stacks if ref.cloud is Cloud.GCP]
    assert stacks
    for ref in stacks:
        bucket = names.state_bucket(ref.scope)
        created = next(line for line in text.splitlines() if f"create gs://{bucket} " in line)
        assert f"--location={ref.scope.region}" in created
        assert "--public-access-prevention" in created
        for purpose in ("plan", "apply", "state"):
            email = names.account_service_account_email(ref.scope, purpose)
            assert f"service-accounts create {email.partition('@')[0]} " in text


def test_the_state_account_holds_nothing_but_state() -> None:
    """Whoever reads state acts as an account that can do nothing else in the project."""
    scope = next(ref.scope for ref in load_estate(EXAMPLE).stacks if ref.cloud is Cloud.GCP)
    email = names.account_service_account_email(scope, "state")
    granted = [line for line in script().splitlines() if f"--member=serviceAccount:{email}" in line]
    assert granted
    assert all(line.startswith("gcloud storage buckets add-iam-policy-binding") for line in granted)
    assert all("--role=roles/storage.objectAdmin" in line for line in granted)


def test_nobody_becomes_owner_or_editor() -> None:
    """Roles are those of the services in use."""
    text = script()
    assert "roles/owner" not in text
    assert "roles/editor" not in text


def test_the_script_is_one_that_a_shell_reads() -> None:
    """It has no syntax errors, and stops at the first command that fails."""
    text = script()
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert text.startswith("set -euo pipefail\n")


def test_a_project_that_is_none_is_refused() -> None:
    """An AWS account is no project; the line names those that are."""
    done = asked("--account=platform")
    assert done.returncode == 2
    assert done.stderr == (
        "error: no such project in the estate; found platform; allowed: research-jp\n"
    )
