"""The app synthesizes no stack that the gate's static decisions deny."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.estates import EXAMPLE

from agent_studio.delivery.app import refusal
from agent_studio.delivery.synth import SynthFailed, shards, synthesize
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.policies.model import Objection
from agent_studio.policies.static import Decided

_EXCEPTIONS = """
exceptions:
  - id: EX-1
    control: studio/residency-location
    resource: guardrails-platform/aws_x.y
    owner: payments
    approver: security
    reason: The provider moves next month, with the account
    compensating: A weekly report of what stands there
    expires: {expires}
"""

STACK = "guardrails-platform"
OTHER = "guardrails-retail-us"

# An escape hatch in somebody's stack: its provider moves to another continent.
_BROKEN_APP = f"""
import sys
from agent_studio.bindings import cdk
cdk.select()
from agent_studio.stacks import guardrails
original = guardrails.GuardrailsStack.__init__

def broken(self, *arguments, **named):
    original(self, *arguments, **named)
    if named["place"].stack == "{STACK}":
        self.add_override("provider.aws.0.region", "ap-southeast-2")

guardrails.GuardrailsStack.__init__ = broken
from agent_studio.delivery.app.refusal import refuse
from agent_studio.stacks.__main__ import main
sys.exit(main(refuse))
"""


@pytest.fixture(scope="module")
def broken(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The output folder and the end of a run in which one of two stacks is denied."""
    folder = tmp_path_factory.mktemp("broken")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("STUDIO_", "CDKTF_"))}
    done = subprocess.run(
        [sys.executable, "-c", _BROKEN_APP],
        cwd=folder,
        env={
            **kept,
            "STUDIO_ESTATE": str(EXAMPLE),
            "STUDIO_STACKS": f"{STACK},{OTHER}",
            "CDKTF_OUTDIR": "out",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return folder / "out", done


def test_a_denied_stack_is_an_error_that_says_everything(
    broken: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Exit code 3; each finding is a line with control, address, construct, Python line and fix."""
    _, done = broken
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert all(line.startswith(f"error: {STACK}: denied by studio/") for line in lines)
    line = next(line for line in lines if "studio/residency-location: aws_cloudtrail." in line)
    assert "ap-southeast-2" in line
    assert f" (construct {STACK}/trail/trail) in constructs/agent_studio/constructs/aws/" in line
    assert "; fix: " in line


def test_nothing_of_a_denied_stack_is_left(
    broken: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Neither its file nor its place in the manifest; the other stack stays as it is."""
    out, _ = broken
    assert not (out / "stacks" / STACK / "cdk.tf.json").exists()
    assert not (out / "stacks" / STACK / "sources.json").exists()
    assert (out / "stacks" / OTHER / "cdk.tf.json").is_file()
    assert list(json.loads((out / "manifest.json").read_text())["stacks"]) == [OTHER]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder with two stacks."""
    for name in (STACK, OTHER):
        folder = tmp_path / "stacks" / name
        folder.mkdir(parents=True)
        (folder / "cdk.tf.json").write_text("{}")
    return tmp_path


def test_an_exception_lets_a_stack_be_synthesized(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What passes the gate by an exception passes here too; the rest does not."""
    moving = Objection(control="studio/residency-location", address="aws_x.y", message="it moves")
    monkeypatch.setattr(refusal, "decided", lambda *_, **__: Decided((moving,)))
    exceptions = out / "exceptions.yaml"
    expires = datetime.now(UTC).date() + timedelta(days=30)
    exceptions.write_text(_EXCEPTIONS.format(expires=expires.isoformat()))
    monkeypatch.setenv("STUDIO_EXCEPTIONS", str(exceptions))
    lines = refusal.refuse(load_estate(EXAMPLE), EXAMPLE, out, [STACK, OTHER])
    assert len(lines) == 1
    assert lines[0].startswith(f"{OTHER}: denied by studio/residency-location: it moves; found at ")
    assert (out / "stacks" / STACK / "cdk.tf.json").is_file()
    assert not (out / "stacks" / OTHER / "cdk.tf.json").exists()


def test_what_cannot_be_decided_is_taken_away(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies that can't be read deny every stack."""

    def fail(*_: object, **__: object) -> list[Objection]:
        raise StudioError("the policies can't be read")

    monkeypatch.setattr(refusal, "decided", fail)
    with pytest.raises(StudioError, match="the policies can't be read"):
        refusal.refuse(load_estate(EXAMPLE), EXAMPLE, out, [STACK, OTHER])
    assert not list(out.rglob("cdk.tf.json"))


def test_a_stack_that_cannot_be_read_is_denied(out: Path) -> None:
    """A file that is no stack is a finding of its own."""
    (out / "stacks" / STACK / "cdk.tf.json").write_text("[]")
    lines = refusal.refuse(load_estate(EXAMPLE), EXAMPLE, out, [STACK])
    assert len(lines) == 1
    assert lines[0].startswith(
        f"{STACK}: denied by studio/stack-unreadable: cdk.tf.json holds no JSON object; fix: "
    )


def test_studio_synth_ends_with_exit_code_3_and_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`studio synth` runs the same app, and keeps the last synthesis when a stack is denied."""
    broken = tmp_path / "broken_app"
    broken.mkdir()
    (broken / "__init__.py").write_text("")
    (broken / "__main__.py").write_text(_BROKEN_APP)
    monkeypatch.setattr(shards, "_APP", "broken_app")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SynthFailed) as failed:
        synthesize(EXAMPLE, tmp_path / "state", stacks="guardrails-*", jobs=1)
    assert failed.value.exit_code is ExitCode.DENIED
    assert all(f"{STACK}: denied by studio/" in line for line in failed.value.lines)
    assert not list((tmp_path / "state").rglob("cdk.tf.json"))
