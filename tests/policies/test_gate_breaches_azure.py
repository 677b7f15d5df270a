"""Every known way to break a cell or guardrails on Azure is denied, and why."""

import json
from pathlib import Path

import pytest
from policies.breaches.cases import cases, denied, standing_cases
from policies.breaches.judging import judged
from policies.breaches_azure import (
    BREACHES,
    AzureCell,
    AzureGuardrails,
    Breach,
    DeclaredCell,
    DeclaredGuardrails,
)
from policies.breaches_azure.cell import second_plan

from agent_studio.policies import Stage

EACH = 8
"""Every so many of the ways are tried each time, all of them in the slow tests.

One takes a third of a second, and there are more than a thousand.
"""

CASES = cases(BREACHES, each=EACH)
STANDING = standing_cases(BREACHES)
STACKS = (AzureCell, DeclaredCell, AzureGuardrails, DeclaredGuardrails)


@pytest.mark.parametrize(("breach", "stage"), CASES)
def test_a_breach_is_denied(breach: Breach, stage: Stage, tmp_path: Path) -> None:
    """The gate denies the broken stack with a control that is about the breach."""
    denied(breach, breach.of.example(), stage, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("breach", STANDING)
def test_a_breach_of_what_stands_is_denied(breach: Breach, tmp_path: Path) -> None:
    """The same, where the stack stands already, so that the plan knows what Azure made up."""
    denied(breach, breach.of.standing(), Stage.PLAN, tmp_path)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("kind", STACKS)
def test_the_unbroken_stack_is_allowed(kind: type[AzureCell], stage: Stage, tmp_path: Path) -> None:
    """What the breaches start from has no finding: nothing else can be why one is denied."""
    assert judged(kind.example(), stage, tmp_path).findings == ()


@pytest.mark.parametrize("kind", [AzureCell, AzureGuardrails])
def test_the_second_plan_is_empty_and_allowed(kind: type[AzureCell], tmp_path: Path) -> None:
    """Once the stack stands, nothing is left to do, and what Azure made up breaks nothing."""
    plan = json.loads(second_plan(kind.NAME))
    actions = {tuple(each["change"]["actions"]) for each in plan["resource_changes"]}
    assert actions == {("no-op",)}
    assert judged(kind.standing(), Stage.PLAN, tmp_path).findings == ()


@pytest.mark.parametrize("start", ["example", "standing"])
@pytest.mark.parametrize("kind", STACKS)
def test_the_edit_itself_breaks_nothing(kind: type[AzureCell], start: str, tmp_path: Path) -> None:
    """Each argument that is planned anew as it was leaves the stack allowed."""
    stack = getattr(kind, start)()
    stack.again()
    assert judged(stack, Stage.PLAN, tmp_path).findings == ()


def test_there_are_breaches_enough() -> None:
    """At least a hundred and fifty ways are tried, each under a name of its own."""
    assert len(BREACHES) >= 150
    assert len({breach.name for breach in BREACHES}) == len(BREACHES)
