"""The cdktf app as a process: what it writes, and how it fails."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.estates import EXAMPLE, estate_text

from agent_studio.estate import Cloud, Scope
from agent_studio.estate.loader import load_estate
from agent_studio.stacks.selection import select


def _run(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent_studio.stacks"],
        cwd=tmp_path,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith(("STUDIO_", "CDKTF_"))},
            "STUDIO_ESTATE": str(EXAMPLE),
            "CDKTF_OUTDIR": str(tmp_path / "out"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_only_the_wanted_stacks_are_written(tmp_path: Path) -> None:
    """STUDIO_STACKS chooses, and cdktf's usual layout is written."""
    done = _run(tmp_path, STUDIO_STACKS="guardrails-platform, guardrails-retail-us")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(each.name for each in (tmp_path / "out" / "stacks").iterdir()) == [
        "guardrails-platform",
        "guardrails-retail-us",
    ]
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    """Synthesis is deterministic: hash seeds and output folders leave no trace."""
    names = "core,cell-aws-eu-west-1-payments-eu"
    written = []
    for number in ("1", "2"):
        out = tmp_path / number
        done = _run(tmp_path, STUDIO_STACKS=names, CDKTF_OUTDIR=str(out), PYTHONHASHSEED=number)
        assert done.returncode == 0, done.stderr
        written.append(
            {each.relative_to(out): each.read_bytes() for each in out.rglob("cdk.tf.json")}
        )
    assert len(written[0]) == 2
    assert written[0] == written[1]


def test_an_unknown_stack_is_one_line(tmp_path: Path) -> None:
    """A stack that the estate does not have ends with exit code 2 and a suggestion."""
    done = _run(tmp_path, STUDIO_STACKS="guardrails-platfrom")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no such stack in the estate; found guardrails-platfrom;")
    assert "did you mean guardrails-platform?" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_each_problem_of_the_estate_is_one_line(tmp_path: Path) -> None:
    """An invalid estate ends with exit code 5, with a line for each problem."""
    file = tmp_path / "broken.yaml"
    file.write_text(
        estate_text(1)
        .replace("owner: team-000", "ownr: team-000")
        .replace("account: platform", "account: nobody")
    )
    done = _run(tmp_path, STUDIO_ESTATE=str(file))
    assert done.returncode == 5
    lines = done.stderr.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("error: ") for line in lines)
    assert any("ownr" in line for line in lines)
    assert any("nobody" in line for line in lines)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"JSII_NODE": "/nonexistent/node"}, "the app failed"),
        ({"STUDIO_CDK": "terragrunt"}, "STUDIO_CDK names no CDK framework"),
    ],
)
def test_a_broken_toolchain_is_one_line(
    tmp_path: Path, environment: dict[str, str], expected: str
) -> None:
    """Failures of jsii and of the choice of CDK end in one line, never in a traceback."""
    done = _run(tmp_path, STUDIO_STACKS="guardrails-platform", **environment)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert expected in errors[0]
    assert "Traceback" not in done.stderr


def test_one_stacks_failure_spares_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stack that cannot be built is named, and is not written; the others are."""
    from agent_studio.bindings.cdk import select as select_cdk

    select_cdk()
    from agent_studio.stacks import app as app_module

    def fail(scope: Any, *, place: Scope, **_: object) -> None:
        from cdktf import TerraformStack

        TerraformStack(scope, place.stack)
        if place.stack == "guardrails-platform":
            raise ValueError("a network of one address")

    monkeypatch.setattr(app_module, "GUARDRAILS", {Cloud.AWS: lambda: fail})
    estate = load_estate(EXAMPLE)
    wanted = ["guardrails-platform", "guardrails-retail-us"]
    app, failures = app_module.build(estate, select(estate, wanted), out=str(tmp_path))
    app.synth()
    assert [(each.stack, str(each.error)) for each in failures] == [
        ("guardrails-platform", "a network of one address")
    ]
    assert [each.name for each in (tmp_path / "stacks").iterdir()] == ["guardrails-retail-us"]
