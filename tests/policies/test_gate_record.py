"""A gate record binds one plan file to its verdict, and everything else is refused."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies import Finding, Severity, Stage, Verdict, record

STACK = "cell-example"
DENIED = Finding(
    control="studio/plan-unfinished",
    severity=Severity.CRITICAL,
    stack=STACK,
    address="",
    construct=None,
    source=None,
    message="m",
    fix="f",
)


def verdict(*findings: Finding) -> Verdict:
    """A verdict on the one stack."""
    return Verdict(
        verdict="deny" if findings else "allow", findings=findings, stages={STACK: Stage.PLAN}
    )


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """A file that stands for a plan."""
    path = tmp_path / "plan.bin"
    path.write_bytes(b"a plan" * 100)
    return path


def written(folder: Path, plan_file: Path, *findings: Finding) -> Path:
    """Write a record and give its path."""
    path = folder / "gate" / f"{STACK}.json"
    record.write(
        path,
        stack=STACK,
        digest="d1",
        plan_file=plan_file,
        verdict=verdict(*findings),
        tools={"checkov": "3"},
    )
    return path


def refusal(path: Path, plan_file: Path, *, stack: str = STACK, digest: str = "d1") -> str:
    """The line with which a record is refused."""
    with pytest.raises(StudioError) as caught:
        record.read_and_verify(path, stack=stack, digest=digest, plan_file=plan_file)
    assert caught.value.exit_code is ExitCode.DENIED
    return str(caught.value.found)


def test_a_record_allows_its_own_plan(tmp_path: Path, plan_file: Path) -> None:
    """What was written is read back, with the plan file's SHA-256 and the tools."""
    path = written(tmp_path, plan_file)
    read = record.read_and_verify(path, stack=STACK, digest="d1", plan_file=plan_file)
    assert read.verdict == "allow"
    assert read.plan_sha256 == record.sha256(plan_file)
    assert read.tools == {"checkov": "3"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_denied_plan_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """A record of a denial is kept, and refuses."""
    path = written(tmp_path, plan_file, DENIED)
    assert json.loads(path.read_text())["findings"][0]["control"] == "studio/plan-unfinished"
    assert refusal(path, plan_file) == "the gate denied this plan"


def test_one_changed_byte_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """A plan file that differs in one byte is refused."""
    path = written(tmp_path, plan_file)
    content = bytearray(plan_file.read_bytes())
    content[17] ^= 1
    plan_file.write_bytes(content)
    assert refusal(path, plan_file) == "the plan file is not the one that was judged"


def test_another_stack_or_digest_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """A record says nothing about another stack, nor about the stack once it changed."""
    path = written(tmp_path, plan_file)
    assert refusal(path, plan_file, stack="core") == "the record is of stack cell-example"
    assert refusal(path, plan_file, digest="d2") == "the stack changed after it was judged"


def test_a_missing_record_is_refused(tmp_path: Path, plan_file: Path) -> None:
    """No record, no apply."""
    found = refusal(tmp_path / "none.json", plan_file)
    assert found == "none.json can't be opened: No such file or directory"


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.pop("verdict"),
        lambda r: r.update(verdict="ALLOW"),
        lambda r: r.update(version=2),
        lambda r: r.update(version=True),
        lambda r: r.update(plan_sha256="0"),
        lambda r: r.update(stack="../core"),
        lambda r: r.update(findings=None),
    ],
)
def test_a_malformed_record_is_refused(
    tmp_path: Path, plan_file: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    """A record that lacks a field, or has another's shape, is refused."""
    path = written(tmp_path, plan_file)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    assert refusal(path, plan_file) == "cell-example.json is not shaped as a gate record"


def test_a_verdict_on_another_stack_is_not_recorded(tmp_path: Path, plan_file: Path) -> None:
    """A record can't be written from a verdict that is not about its stack."""
    with pytest.raises(StudioError, match="the verdict is not about this stack"):
        record.write(
            tmp_path / "r.json",
            stack="core",
            digest="d",
            plan_file=plan_file,
            verdict=verdict(),
            tools={},
        )
