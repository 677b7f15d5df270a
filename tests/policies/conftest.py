"""A stack with its real plan, to be broken one thing at a time."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent_studio.policies import Finding, PlanInput, Stage
from agent_studio.policies.gate import judge

EXAMPLE = Path(__file__).parent / "fixtures" / "cell-example"


@dataclass
class Example:
    """A copy of the example stack, edited in place."""

    folder: Path

    @property
    def stack_file(self) -> Path:
        """The synthesized stack."""
        return self.folder / "cdk.tf.json"

    @property
    def plan_json(self) -> Path:
        """The plan's JSON."""
        return self.folder / "plan.json"

    @property
    def plan_file(self) -> Path:
        """The plan file."""
        return self.folder / "plan.bin"

    def edit(self, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change a JSON file of the stack by a function over its content."""
        path = self.folder / name
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content, indent=2))

    def set_change(self, address: str, **fields: object) -> None:
        """Set fields of one resource change in the plan's JSON, as if it had been planned so."""

        def change(plan: dict[str, Any]) -> None:
            item = next(c for c in plan["resource_changes"] if c["address"] == address)
            before = item["change"].pop("before", None)
            item["change"]["before"] = before or dict(item["change"]["after"] or {})
            for key, value in fields.items():
                target = item if key in {"previous_address", "deposed"} else item["change"]
                target[key] = value

        self.edit("plan.json", change)

    def input(self, **fields: Any) -> PlanInput:
        """The stack as the gate is given it."""
        return PlanInput(
            **{
                "stack": "cell-example",
                "synthesized": self.stack_file,
                "plan_json": self.plan_json,
                "plan_file": self.plan_file,
                "digest": "d",
                **fields,
            }
        )

    def findings(
        self, *, stage: Stage | None = Stage.PLAN, bound: bool = True, **fields: Any
    ) -> Sequence[Finding]:
        """What the gate finds; `bound=False` leaves the plan file out of it."""
        if not bound:
            fields["plan_file"] = None
        return judge([self.input(**fields)], stage=stage, require_plan_file=bound).findings


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """A copy of the example stack."""
    folder = tmp_path / "cell-example"
    shutil.copytree(EXAMPLE, folder)
    return Example(folder)
