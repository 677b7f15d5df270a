"""Each construct's Python line: right, beside the stack, and never in it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.estates import EXAMPLE

ROOT = Path(__file__).parents[2]
STACK = "guardrails-platform"

_USERS_APP = """
import sys
from pathlib import Path
from agent_studio.bindings import cdk
cdk.select()
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from agent_studio.stacks import sources

class Mine(TerraformStack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        S3Bucket(
            self,
            "a/b",
        )

with sources.recorded() as recorded:
    app = App(outdir="out")
    Mine(app, "mine")
S3Bucket(app.node.find_child("mine"), "later")
print(recorded.lines)
"""


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a synthesized stack."""
    folder = tmp_path_factory.mktemp("sources")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("STUDIO_", "CDKTF_"))}
    done = subprocess.run(
        [sys.executable, "-m", "agent_studio.stacks"],
        cwd=folder,
        env={**kept, "STUDIO_ESTATE": str(EXAMPLE), "STUDIO_STACKS": STACK, "CDKTF_OUTDIR": "out"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out" / "stacks" / STACK


def test_every_resource_has_the_line_that_made_it(synthesized: Path) -> None:
    """The line exists, lies in constructs or stacks, and makes a resource of that type."""
    document = json.loads((synthesized / "sources.json").read_text())
    assert document["version"] == 1
    stack = json.loads((synthesized / "cdk.tf.json").read_text())
    checked = 0
    for named in stack["resource"].values():
        for body in named.values():
            path = body["//"]["metadata"]["path"]
            file, _, line = document["sources"][path].rpartition(":")
            assert file.startswith(("constructs/agent_studio/", "stacks/agent_studio/"))
            text = (ROOT / file).read_text().splitlines()[int(line) - 1]
            assert "(" in text, (path, file, line)
            checked += 1
    assert checked > 50


def test_a_block_has_the_line_that_asks_for_it(synthesized: Path) -> None:
    """A construct of ours points at the stack that wires it, not at its own constructor."""
    lines = json.loads((synthesized / "sources.json").read_text())["sources"]
    file, _, line = lines[f"{STACK}/alarms"].rpartition(":")
    assert file == "stacks/agent_studio/stacks/guardrails.py"
    assert '"alarms"' in (ROOT / file).read_text().splitlines()[int(line) - 1]


def test_no_line_stands_in_the_stack(synthesized: Path) -> None:
    """`cdk.tf.json` does not move with the lines of its sources: its digest would."""
    assert ".py" not in (synthesized / "cdk.tf.json").read_text()


def test_the_users_own_code_is_named_and_only_while_it_is_recorded(tmp_path: Path) -> None:
    """A stack of the user's own points at the user's file, relative to the working folder."""
    (tmp_path / "own.py").write_text(_USERS_APP)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "own.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == "{'mine': 'own.py:20', 'mine/a--b': 'own.py:13'}\n"


def test_recording_costs_little() -> None:
    """A construct's line is noted in less than 0.05 ms; the best of some runs on a busy machine."""
    from agent_studio.bindings import cdk

    cdk.select()
    from types import SimpleNamespace

    from agent_studio.stacks.sources import Sources

    def made(name: str) -> SimpleNamespace:
        return SimpleNamespace(__jsii_ref__=SimpleNamespace(ref=name))

    def ten_deep(depth: int, sources: Sources, number: int) -> None:
        if depth:
            ten_deep(depth - 1, sources, number)
        else:
            sources.note(made(str(number)), [scope, f"id-{number}", None])

    scope = made("scope")
    best = 1.0
    for _ in range(5):
        sources = Sources()
        begun = time.perf_counter()
        for number in range(500):
            ten_deep(10, sources, number)
        best = min(best, (time.perf_counter() - begun) / 500)
    assert len(sources.lines) == 500
    assert best < 0.05e-3
