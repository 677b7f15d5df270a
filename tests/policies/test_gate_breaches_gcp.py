"""Every known way to break a cell on Google Cloud is denied, and why."""

from pathlib import Path

import pytest
from policies.breaches.judging import judged
from policies.breaches_gcp import BREACHES, Breach, GcpCell

from agent_studio.policies import Stage

CASES = [
    pytest.param(breach, stage, id=f"{breach.name}-{stage}".replace(" ", "-"))
    for breach in BREACHES
    for stage in breach.stages
]


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken cell with the control that is about the breach."""
    cell = GcpCell.example()
    breach.edit(cell)
    verdict = judged(cell, stage, tmp_path)
    found = sorted({finding.control for finding in verdict.findings if finding.blocks})
    assert verdict.verdict == "deny", breach.name
    assert breach.controls.intersection(found), f"{breach.name}: found {found}"


@pytest.mark.parametrize("stage", list(Stage))
def test_the_cell_in_memory_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from is the unbroken cell: nothing else can be why one is denied."""
    assert judged(GcpCell.example(), stage, tmp_path).findings == ()


def test_there_are_breaches_enough() -> None:
    """At least forty ways are tried, each under a name of its own."""
    assert len(BREACHES) >= 40
    assert len({breach.name for breach in BREACHES}) == len(BREACHES)
