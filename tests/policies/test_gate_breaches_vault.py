"""Every known way to break what a cell has in Vault is denied, and why."""

from pathlib import Path

import pytest
from policies.breaches.cases import cases, denied
from policies.breaches_vault import BREACHES, CELLS, VaultBreach

from agent_studio.policies import Stage

EACH = {"aws": 1, "gcp": 4, "azure": 4}
"""Every so many of the ways are tried each time on each cloud, all of them in the slow tests."""

CASES = [
    pytest.param(cloud, *case.values, id=f"{cloud}-{case.id}", marks=case.marks)
    for cloud in CELLS
    for case in cases(BREACHES, each=EACH[cloud])
]


@pytest.mark.parametrize(("cloud", "breach", "stage"), CASES)
def test_a_breach_is_denied(cloud: str, breach: VaultBreach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken cell with the control that is about the breach."""
    denied(breach, CELLS[cloud].example(), stage, tmp_path)


def test_there_are_breaches_enough() -> None:
    """At least forty ways are tried, each under a name of its own."""
    assert len(BREACHES) >= 40
