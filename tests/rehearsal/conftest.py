"""A running emulator and Terraform over it, for the rehearsal's tests."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.terraform import settings

from agent_studio.rehearsal.emulator import Endpoint, running
from agent_studio.rehearsal.mirror import find_mirror
from agent_studio.rehearsal.overlay import override
from agent_studio.rehearsal.sessions import Sessions

ACCOUNT = "222222222222"
REGION = "eu-west-1"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One emulator for a module."""
    with running(tmp_path_factory.mktemp("emulator") / "emulator.log") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def sessions(emulator: Endpoint) -> Sessions:
    """Clients of that emulator."""
    return Sessions(emulator)


Terraform = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def terraform(tmp_path: Path, emulator: Endpoint, sessions: Sessions) -> Terraform:
    """Terraform over a folder of HCL files, with the estate's provider and backend blocks."""
    program = shutil.which("terraform")
    assert program, "the tests that carry the mark `cloud` need terraform on PATH"
    bucket = f"state-{os.urandom(4).hex()}"
    sessions.client("s3", account=ACCOUNT, region=REGION).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/acme-studio"
    stack = {
        "terraform": {
            "required_providers": {"aws": {"source": "aws", "version": ">= 5.100.0, < 7.0.0"}},
            "backend": {
                "s3": {
                    "bucket": bucket,
                    "key": "x.tfstate",
                    "region": REGION,
                    "use_lockfile": True,
                    "assume_role": {"role_arn": f"{role}-state"},
                }
            },
        },
        "provider": {
            "aws": [
                {
                    "region": REGION,
                    "allowed_account_ids": [ACCOUNT],
                    "assume_role": [{"role_arn": f"{role}-apply"}],
                }
            ]
        },
    }
    work = tmp_path / "work"
    work.mkdir()
    (work / "stack.tf.json").write_text(json.dumps(stack))
    (work / "x_override.tf.json").write_text(json.dumps(override(stack, emulator)))
    environment = emulator.environment() | {
        "TF_CLI_CONFIG_FILE": str(settings(tmp_path, find_mirror())),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }

    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [program, *words, "-no-color"],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    call.work = work  # type: ignore[attr-defined]
    return call
