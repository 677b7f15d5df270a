"""Every known way to break residency, isolation or encryption in a cell is denied, and why."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from policies.breaches import BREACHES, Breach
from policies.breaches.cases import cases, denied
from policies.breaches.cell import ESTATE, STACK, Cell
from policies.breaches.judging import judged
from support.packed import packed, stacks

from agent_studio.estate.loader import load_estate
from agent_studio.policies import PlanInput, Stage
from agent_studio.policies.gate import judge

EACH = 4
"""Every so many of the ways are tried each time, all of them in the slow tests."""

CASES = cases(BREACHES, each=EACH)


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken cell with the control that is about the breach."""
    denied(breach, Cell.example(), stage, tmp_path)


def test_there_are_breaches_enough() -> None:
    """At least forty ways are tried, and every topic of the gate has some."""
    assert len(BREACHES) >= 40
    named = {control.split("/")[1].split("-")[0] for one in BREACHES for control in one.controls}
    topics = {"residency", "isolation", "exposure", "encryption", "identity", "egress", "model"}
    assert topics <= named


@pytest.mark.parametrize("stage", list(Stage))
def test_the_unbroken_estate_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """No stack of the example estate has a finding, and none needs an exception."""
    inputs = []
    for name in stacks():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cdk.tf.json").write_text(packed(name, "stack"))
        (folder / "plan.json").write_text(packed(name, "plan"))
        planned = folder / "plan.json" if stage is Stage.PLAN else None
        inputs.append(PlanInput(stack=name, synthesized=folder / "cdk.tf.json", plan_json=planned))
    estate = load_estate(ESTATE)
    assert [item.stack for item in inputs] == sorted(ref.name for ref in estate.stacks)
    verdict = judge(inputs, estate=estate, stage=stage, require_plan_file=False)
    assert [f"{f.control} {f.stack} {f.address}: {f.message}" for f in verdict.findings] == []
    assert verdict.verdict == "allow"
    assert verdict.exceptions == ()


@pytest.mark.parametrize("stage", list(Stage))
def test_the_cell_in_memory_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from is the unbroken cell: nothing else can be why one is denied."""
    verdict = judged(Cell.example(), stage, tmp_path)
    assert verdict.findings == ()
    assert verdict.stages == {STACK: stage}


def test_the_fixtures_are_what_the_code_synthesizes(tmp_path: Path) -> None:
    """The stacks under test are today's; else the breaches would break a cell of the past."""
    done = subprocess.run(
        [sys.executable, "-m", "agent_studio.stacks"],
        cwd=ESTATE.parent,
        env={**os.environ, "CDKTF_OUTDIR": str(tmp_path), "STUDIO_ESTATE": ESTATE.name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = {path.parent.name: path for path in tmp_path.glob("stacks/*/cdk.tf.json")}
    stale = [
        name
        for name in sorted(made.keys() | set(stacks()))
        if name not in made
        or name not in stacks()
        or json.loads(made[name].read_text()) != json.loads(packed(name, "stack"))
    ]
    assert stale == [], "run python tests/policies/fixtures/estate-example/refresh.py"
