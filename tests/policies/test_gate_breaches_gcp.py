"""Every known way to break a cell on Google Cloud is denied, and why."""

from pathlib import Path

import pytest
from policies.breaches.cases import cases, denied
from policies.breaches.judging import judged
from policies.breaches_gcp import BREACHES, Breach, GcpCell

from agent_studio.policies import Stage

CASES = cases(BREACHES)


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken cell with the control that is about the breach."""
    denied(breach, GcpCell.example(), stage, tmp_path)


@pytest.mark.parametrize("stage", list(Stage))
def test_the_cell_in_memory_is_allowed(stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from is the unbroken cell: nothing else can be why one is denied."""
    assert judged(GcpCell.example(), stage, tmp_path).findings == ()


def test_there_are_breaches_enough() -> None:
    """At least forty ways are tried, each under a name of its own."""
    assert len(BREACHES) >= 40
    assert len({breach.name for breach in BREACHES}) == len(BREACHES)
