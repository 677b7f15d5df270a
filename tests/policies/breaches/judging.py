"""The gate over a cell in memory."""

import json
from pathlib import Path
from typing import Any
from unittest import mock

from policies.breaches.cell import Cell

from agent_studio.estate import Estate
from agent_studio.estate.loader import load_estate
from agent_studio.policies import PlanInput, Stage, Verdict, builtin
from agent_studio.policies.gate import judge


def judged(cell: Cell, stage: Stage, folder: Path) -> Verdict:
    """What the estate's own policies say of the cell, through the gate.

    checkov's checks are left out: a breach must be denied because the estate forbids it, not by
    the accident that some check of theirs also objects to the edit.

    Args:
        cell: the cell, broken or not.
        stage: `static` shows the gate the synthesized stack alone, `plan` the plan beside it.
        folder: an empty folder to put the files into.
    """
    stack, plan = folder / "cdk.tf.json", folder / "plan.json"
    stack.write_text(json.dumps(cell.stack), encoding="utf-8")
    plan.write_text(json.dumps(cell.plan), encoding="utf-8")
    item = PlanInput(
        stack=cell.NAME, synthesized=stack, plan_json=plan if stage is Stage.PLAN else None
    )
    estate = _estate(cell.estate, folder)
    with mock.patch.object(builtin, "load", return_value=_NoChecks()):
        return judge([item], estate=estate, stage=stage, require_plan_file=False)


class _NoChecks:
    """Stands where checkov's checks stand, and objects to nothing."""

    def of_stack(self, _content: Any) -> list[Any]:
        """Nothing of a stack."""
        return []

    def of_plan(self, _content: Any, _stack: Any = None) -> list[Any]:
        """Nothing of a plan."""
        return []


def _estate(text: str, folder: Path) -> Estate:
    if text not in _ESTATES:
        path = folder / "regions.yaml"
        path.write_text(text, encoding="utf-8")
        _ESTATES[text] = load_estate(path)
    return _ESTATES[text]


_ESTATES: dict[str, Estate] = {}
