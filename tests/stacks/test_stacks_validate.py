"""The real provider accepts the stacks."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.estates import estate_text, synthesized_estate
from support.terraform import with_vault

from agent_studio.delivery.engine import discover
from agent_studio.delivery.engine.configuration import environment, write_configuration
from agent_studio.delivery.layout import Layout
from agent_studio.rehearsal.mirror import VARIABLE


@pytest.mark.cloud
@pytest.mark.parametrize(
    ("text", "name"),
    [
        (None, "core"),
        (None, "cell-aws-eu-west-1-payments-eu"),
        (estate_text(3), "guardrails-team-000"),
    ],
    ids=["core", "cell", "guardrails"],
)
def test_the_provider_accepts_the_stack(
    tmp_path: Path, text: str | None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`terraform validate` with the real AWS provider finds nothing wrong."""
    monkeypatch.setenv(VARIABLE, str(with_vault(tmp_path)))
    layout = Layout(tmp_path / "state")
    work = tmp_path / "work"
    work.mkdir()
    document = synthesized_estate(text, only=name)[name].document
    (work / "cdk.tf.json").write_text(json.dumps(document))
    cached = write_configuration(layout)
    settings = {**os.environ, **environment(layout, role="plan", plugin_cache=cached)}
    engine = discover()

    def terraform(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*engine.command, *arguments],
            cwd=work,
            env=settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    ready = terraform("init", "-backend=false", "-input=false", "-no-color")
    assert ready.returncode == 0, ready.stderr
    done = json.loads(terraform("validate", "-json").stdout)
    problems = [(each["summary"], each.get("detail")) for each in done["diagnostics"]]
    assert done["valid"] is True, problems
    assert problems == []
