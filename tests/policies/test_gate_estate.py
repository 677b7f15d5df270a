"""The example estate passes the gate, and every skip has a cause in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import azure_core, gcp_core
from support.azure_cells import runtime, synthesized
from support.packed import packed, stacks

from agent_studio.policies import Objection, Stage, builtin
from agent_studio.policies.gate import judge
from agent_studio.policies.inputs import from_folder
from agent_studio.policies.places import Synthesized
from agent_studio.policies.skips import load_skips

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example estate, synthesized."""
    folder = tmp_path_factory.mktemp("estate")
    done = subprocess.run(
        [sys.executable, "-m", "agent_studio.stacks"],
        cwd=ROOT,
        env={**os.environ, "CDKTF_OUTDIR": str(folder), "STUDIO_ESTATE": "regions.yaml"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_the_example_estate_is_allowed(estate: Path) -> None:
    """No stack of the example estate has a finding."""
    verdict = judge(from_folder(estate), stage=Stage.STATIC)
    assert [f"{f.control} {f.stack} {f.address}: {f.message}" for f in verdict.findings] == []
    assert verdict.verdict == "allow"
    assert len(verdict.stages) >= 6


def test_every_skip_has_a_cause(estate: Path) -> None:
    """A skip that matches nothing in the example estate has outlived its cause.

    None of its cells calls models of Azure's, and its core lies on AWS, so a cell that does and
    cores on Google Cloud and Azure stand beside it.
    """
    caller = synthesized(runtime(models=("azure/Standard/gpt-4.1",)))
    objections: list[Objection] = builtin.load().of_stack(caller.document)
    for core in (gcp_core.stack(), azure_core.stack()):
        objections += builtin.load().of_stack(core.document)
    for path in estate.glob("stacks/*/cdk.tf.json"):
        objections += builtin.load().of_stack(Synthesized.read(path).content)
    for name in stacks():
        plan, stack = (json.loads(packed(name, kind)) for kind in ("plan", "stack"))
        objections += builtin.load().of_plan(plan, stack)
    idle = [
        f"{skip.check} on {skip.resource}"
        for skip in load_skips()
        if not any(skip.covers(objection) for objection in objections)
    ]
    assert idle == [], "remove these from policies/checkov/skips.yaml"
