"""Every known way to break the core on Google Cloud is denied, and why."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from policies.breaches.cases import cases, denied
from policies.breaches.cell import Cell
from policies.breaches.judging import judged
from policies.breaches_gcp.cell import Breach
from policies.breaches_gcp.core import CORE_BREACHES, GcpCore, fewer_backups
from support.estates import synthesized_estate
from support.gcp_core import ESTATE

from agent_studio.policies import Stage

CASES = cases(CORE_BREACHES)


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken core with the control that is about the breach."""
    denied(breach, GcpCore.example(), stage, tmp_path)


@pytest.mark.parametrize("stage", list(Stage))
def test_the_unbroken_core_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from has no finding: nothing else can be why one is denied."""
    assert judged(GcpCore.example(), stage, tmp_path).findings == ()


def test_the_core_that_stands_is_allowed(tmp_path: Path) -> None:
    """What Google makes up, as the database's attachment in its own project, breaks nothing."""
    assert judged(GcpCore.standing(), Stage.PLAN, tmp_path).findings == ()


def test_fewer_backups_are_denied(tmp_path: Path) -> None:
    """Backups may be kept longer, and not shorter, without an exception."""
    core = GcpCore.standing()
    fewer_backups(core)
    verdict = judged(core, Stage.PLAN, tmp_path)
    assert "studio/data-protection-weakened" in {each.control for each in verdict.findings}


def aws_cell(change: Callable[[dict[str, Any]], object] = lambda _: None) -> Cell:
    """The cell on AWS whose core lies on Google Cloud, with another door."""
    name = "cell-aws-eu-west-1-payments-eu"
    stack = copy.deepcopy(synthesized_estate(ESTATE)[name].document)
    (door,) = (
        body for key, body in stack["resource"]["aws_iam_role"].items() if "mailbox_door" in key
    )
    trust = json.loads(door["assume_role_policy"])
    change(trust["Statement"][0])
    door["assume_role_policy"] = json.dumps(trust)
    found = Cell(stack=stack, plan={}, estate=ESTATE)
    found.NAME = name  # type: ignore[misc]
    return found


def test_a_cell_on_aws_is_allowed(tmp_path: Path) -> None:
    """Its doors take the tokens of the core's own accounts, made out to this cell."""
    assert judged(aws_cell(), Stage.STATIC, tmp_path).findings == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sub", None),
        ("sub", ["303030303030303030303"]),
        ("sub", ["*"]),
        ("sub", ["101010101010101010101", "303030303030303030303"]),
        ("oaud", None),
        ("oaud", ["aws-eu-central-1-payments-eu"]),
    ],
)
def test_another_door_into_a_cell_on_aws_is_denied(
    key: str, value: list[str] | None, tmp_path: Path
) -> None:
    """Another account of Google's, or a token for another cell, opens no door."""

    def change(statement: dict[str, Any]) -> None:
        held = statement["Condition"]["StringEquals"]
        held.pop(f"accounts.google.com:{key}")
        if value is not None:
            held[f"accounts.google.com:{key}"] = value

    verdict = judged(aws_cell(change), Stage.STATIC, tmp_path)
    assert "studio/identity-trust" in {each.control for each in verdict.findings}


def test_there_are_breaches_enough() -> None:
    """At least sixty ways are tried, each under a name of its own."""
    assert len(CORE_BREACHES) >= 60
    assert len({breach.name for breach in CORE_BREACHES}) == len(CORE_BREACHES)
