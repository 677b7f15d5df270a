"""Cells of every shape, held against the provider's own schema."""

import json
import subprocess
from pathlib import Path

import pytest
from support.aws_cells import PUBLIC, runtime, synthesized
from support.terraform import with_vault

from agent_studio.delivery.engine.configuration import environment, write_configuration
from agent_studio.delivery.engine.discovery import discover
from agent_studio.delivery.layout import Layout
from agent_studio.estate import Runtime
from agent_studio.rehearsal.mirror import VARIABLE

pytestmark = pytest.mark.cloud

SHAPES: dict[str, tuple[tuple[Runtime, ...], str]] = {
    "no runtime": ((), "eu-west-1"),
    "the least and the most of everything": (
        (
            runtime("least", cpu=0.25, memory=512, max_instances=1, models=(), budget=None),
            runtime(
                "most",
                data_classes=(PUBLIC,),
                egress=("api.github.com",),
                models=("bedrock/global.anthropic.claude-sonnet-4-5", "bedrock/amazon.nova-pro"),
            ),
        ),
        "us-east-2",
    ),
}


def test_cells_of_every_shape_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`terraform validate` with the real provider takes each shape of a cell."""
    monkeypatch.setenv(VARIABLE, str(with_vault(tmp_path)))
    layout = Layout(tmp_path / "state")
    download = write_configuration(layout)
    engine = discover()
    for name, (runtimes, region) in SHAPES.items():
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        stack = synthesized(*runtimes, region=region).document
        (work / "cdk.tf.json").write_text(json.dumps(stack), encoding="utf-8")
        for command in (["init", "-backend=false", "-input=false"], ["validate", "-no-color"]):
            done = subprocess.run(
                [*engine.command, *command],
                cwd=work,
                env=environment(layout, role="plan", plugin_cache=download),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"[:4000]
