"""An apply takes a plan only with the signed record that allows exactly this plan."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_studio.delivery import gating
from agent_studio.delivery.applying import Options, apply_one
from agent_studio.delivery.engine import Engine
from agent_studio.delivery.files import write_json
from agent_studio.delivery.journal import Run
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.synthesized import SynthesizedStack
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate import Layer
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.policies import Stage, Verdict, record, signing

ESTATE = Path(__file__).resolve().parents[2] / "regions.yaml"
STACK = "cell-aws-eu-west-1-payments-eu"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of the developer's own."""
    monkeypatch.delenv(signing.SIGNING_KEY, raising=False)
    monkeypatch.delenv(signing.TRUSTED_KEYS, raising=False)


@pytest.fixture
def tools(tmp_path: Path) -> Toolchain:
    """A toolchain whose engine notes its words and succeeds."""
    engine = Engine(
        ("/bin/sh", "-c", f'echo "$@" >> {tmp_path}/called', "engine"),
        "terraform",
        "1.11.4",
        "PATH",
    )
    layout = Layout(tmp_path / "state")
    layout.root.mkdir()
    layout.cli_config.write_text("")
    shutil.copy(ESTATE, tmp_path)
    return Toolchain(
        engine=engine,
        layout=layout,
        overlay=None,
        downloads=False,
        estate_file=tmp_path / "regions.yaml",
    )


@pytest.fixture
def stack(tools: Toolchain) -> SynthesizedStack:
    """A stack with a plan that the gate allowed."""
    path = tools.layout.root / "cdk.tf.json"
    path.write_text("{}")
    plan = tools.layout.plan(STACK)
    plan.mkdir(parents=True)
    (plan / "plan.bin").write_bytes(b"a plan" * 50)
    sha256 = hashlib.sha256(b"a plan" * 50).hexdigest()
    write_json(plan / "meta.json", {"plan_sha256": sha256, "applyable": True})
    record.write(
        tools.layout.gate_record(STACK),
        stack=STACK,
        digest="d1",
        plan_file=plan / "plan.bin",
        verdict=Verdict(verdict="allow", findings=(), stages={STACK: Stage.PLAN}),
        tools={},
        state_dir=tools.layout.root,
        estate_file=tools.estate_file,
    )
    return SynthesizedStack(name=STACK, layer=Layer.CELL, path=path, digest="d1", resources=1)


def test_a_plan_with_its_record_is_verified(tools: Toolchain, stack: SynthesizedStack) -> None:
    """The record of a plan that the gate allowed gives the plan file's SHA-256."""
    plan_file = tools.layout.plan(STACK) / "plan.bin"
    assert gating.verify(tools, stack, plan_file) == record.sha256(plan_file)


def cut(path: Path) -> None:
    """Truncate a file."""
    path.write_bytes(path.read_bytes()[:50])


def approvers(tools: Toolchain, text: str) -> None:
    """Say beside the estate's file who may approve."""
    assert tools.estate_file is not None
    folder = tools.estate_file.parent / "policies"
    folder.mkdir()
    (folder / "approvers.yaml").write_text(text)


CASES: dict[str, tuple[Callable[[Toolchain], object], str]] = {
    "no record": (
        lambda tools: tools.layout.gate_record(STACK).unlink(),
        "can't be opened: No such file or directory",
    ),
    "a truncated record": (
        lambda tools: cut(tools.layout.gate_record(STACK)),
        "is not valid JSON",
    ),
    "another plan": (
        lambda tools: (tools.layout.plan(STACK) / "plan.bin").write_bytes(b"b plan" * 50),
        "the plan file is not the one that was judged",
    ),
    "no approver where the estate names some": (
        lambda tools: approvers(tools, "approvers: {ada: [cell-*]}"),
        "nobody approved it, and it asks for a person",
    ),
    "an unsigned record": (
        lambda tools: tools.layout.gate_record(STACK).write_text(json.dumps({"verdict": "allow"})),
        "is not a DSSE envelope",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_plan_without_its_record_is_not_applied(
    tools: Toolchain, stack: SynthesizedStack, case: str
) -> None:
    """The engine is never told to apply, and the error ends with exit code 3."""
    change, why = CASES[case]
    change(tools)
    options = Options(absent=frozenset(), tell=print, estate=load_estate(ESTATE))
    with pytest.raises(StudioError, match="no gate record allows the plan of") as caught:
        apply_one(tools, Run(tools), stack, options)
    assert why in str(caught.value.found)
    assert caught.value.exit_code is ExitCode.DENIED
    said = (tools.layout.root.parent / "called").read_text()
    assert "apply" not in said.split()


def test_keys_beside_the_estate_decide_whose_record_counts(
    tools: Toolchain, stack: SynthesizedStack
) -> None:
    """Once the estate names its keys, the state folder's own key allows nothing."""
    assert tools.estate_file is not None
    keys = tools.estate_file.parent / "policies" / "keys"
    keys.mkdir(parents=True)
    plan_file = tools.layout.plan(STACK) / "plan.bin"
    with pytest.raises(StudioError, match="a folder of trusted keys is empty") as caught:
        gating.verify(tools, stack, plan_file)
    assert caught.value.exit_code is ExitCode.DENIED
    other = tools.layout.root / "other"
    signing.signer(other)
    shutil.copy(other / "keys" / "gate.pub", keys / "ci.pub")
    with pytest.raises(StudioError, match="which is not trusted"):
        gating.verify(tools, stack, plan_file)
    shutil.copy(tools.layout.root / "keys" / "gate.pub", keys / "mine.pub")
    assert gating.verify(tools, stack, plan_file)
