"""Every known way to break the core on Azure, or a cell's trust in it, is denied, and why."""

import json
from pathlib import Path

import pytest
from policies.breaches.judging import judged
from policies.breaches_azure.cell import Breach
from policies.breaches_azure.core import CORE_BREACHES, AzureCore
from support.azure_core import plans

from agent_studio.policies import Stage

EACH = 8
"""Every so many of the ways are tried each time, all of them in the slow tests."""

CASES = [
    pytest.param(
        breach,
        stage,
        id=f"{breach.name}-{stage}".replace(" ", "-"),
        marks=() if number % EACH == 0 else pytest.mark.slow,
    )
    for number, breach in enumerate(CORE_BREACHES)
    for stage in breach.stages
]
STANDING = [pytest.param(breach, id=breach.name.replace(" ", "-")) for breach in CORE_BREACHES]


def denied(breach: Breach, core: AzureCore, stage: Stage, folder: Path) -> None:
    """Break a core; assert that the gate denies it for the right reason."""
    breach.edit(core)
    verdict = judged(core, stage, folder)
    found = sorted({finding.control for finding in verdict.findings if finding.blocks})
    assert verdict.verdict == "deny", breach.name
    assert breach.controls.intersection(found), f"{breach.name}: found {found}"


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken core with a control that is about the breach."""
    denied(breach, AzureCore.example(), stage, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("breach", STANDING)
def test_a_breach_of_what_stands_is_denied(breach: Breach, tmp_path: Path) -> None:
    """The same, where the core stands already, so that the plan knows what Azure made up."""
    denied(breach, AzureCore.standing(), Stage.PLAN, tmp_path)


@pytest.mark.parametrize("stage", list(Stage))
def test_the_unbroken_core_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from has no finding: nothing else can be why one is denied."""
    assert judged(AzureCore.example(), stage, tmp_path).findings == ()


def test_the_second_plan_is_empty_and_allowed(tmp_path: Path) -> None:
    """Once the core stands, nothing is left to do, and what Azure made up breaks nothing."""
    actions = {
        tuple(each["change"]["actions"]) for each in json.loads(plans()[1])["resource_changes"]
    }
    assert actions == {("no-op",)}
    assert judged(AzureCore.standing(), Stage.PLAN, tmp_path).findings == ()


@pytest.mark.parametrize("start", ["example", "standing"])
def test_the_edit_itself_breaks_nothing(start: str, tmp_path: Path) -> None:
    """Each argument that is planned anew as it was leaves the core allowed."""
    core = getattr(AzureCore, start)()
    core.again()
    assert judged(core, Stage.PLAN, tmp_path).findings == ()


def test_there_are_breaches_enough() -> None:
    """At least sixty ways are tried, each under a name of its own."""
    assert len(CORE_BREACHES) >= 60
    assert len({breach.name for breach in CORE_BREACHES}) == len(CORE_BREACHES)
