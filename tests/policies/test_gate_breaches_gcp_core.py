"""Every known way to break the core on Google Cloud is denied, and why."""

from pathlib import Path

import pytest
from policies.breaches.judging import judged
from policies.breaches_gcp.cell import Breach
from policies.breaches_gcp.core import CORE_BREACHES, GcpCore, fewer_backups

from agent_studio.policies import Stage

CASES = [
    pytest.param(breach, stage, id=f"{breach.name}-{stage}".replace(" ", "-"))
    for breach in CORE_BREACHES
    for stage in breach.stages
]


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken core with the control that is about the breach."""
    core = GcpCore.example()
    breach.edit(core)
    verdict = judged(core, stage, tmp_path)
    found = sorted({finding.control for finding in verdict.findings if finding.blocks})
    assert verdict.verdict == "deny", breach.name
    assert breach.controls.intersection(found), f"{breach.name}: found {found}"


@pytest.mark.parametrize("stage", list(Stage))
def test_the_unbroken_core_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from has no finding: nothing else can be why one is denied."""
    assert judged(GcpCore.example(), stage, tmp_path).findings == ()


def test_the_core_that_stands_is_allowed(tmp_path: Path) -> None:
    """What Google makes up, as the database's attachment in another project, breaks nothing."""
    assert judged(GcpCore.standing(), Stage.PLAN, tmp_path).findings == ()


def test_fewer_backups_are_denied(tmp_path: Path) -> None:
    """Backups may be kept longer, and not shorter, without an exception."""
    core = GcpCore.standing()
    fewer_backups(core)
    verdict = judged(core, Stage.PLAN, tmp_path)
    assert "studio/data-protection-weakened" in {each.control for each in verdict.findings}


def test_there_are_breaches_enough() -> None:
    """At least sixty ways are tried, each under a name of its own."""
    assert len(CORE_BREACHES) >= 60
    assert len({breach.name for breach in CORE_BREACHES}) == len(CORE_BREACHES)
