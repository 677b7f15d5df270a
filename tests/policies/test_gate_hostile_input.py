"""Whatever a stack or a plan holds, the gate comes to a verdict."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from policies.breaches.cell import Cell
from policies.breaches.judging import judged

from agent_studio.policies import Stage

STRANGE = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    "",
    "*",
    "x",
    "${",
    "${aws_s3_bucket.nowhere.arn}",
    "${var.x}",
    "arn:aws:iam::222222222222:root",
    "arn:::::",
    "{",
    "[]",
    '{"Statement": 5}',
    '{"Statement": [{"Effect": [], "Principal": [[]], "Action": {}, "Condition": [1]}]}',
    '{"Statement": [{"Effect": "Allow", "Condition": {"StringEquals": 1}, "Resource": {"a": 1}}]}',
    '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": {}}, "Resource": null}]}',
    "\ud800",
    "[" * 200,
    [],
    [None],
    [[]],
    {},
    {"": None},
    {"a": {"b": [{}]}},
)
"""What values are replaced by."""

KINDS = ("drop", "replace", "flip", "double", "wrap", "rename")
edits = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.lists(st.integers(0, 10_000), min_size=1, max_size=9),
        st.sampled_from(STRANGE),
    ),
    min_size=1,
    max_size=5,
)


def edited(value: Any, steps: list[int], kind: str, strange: Any) -> Any:
    """A copy of a value with one thing in it changed, in documents inside of texts too."""
    inner = _document(value)
    if inner is not None and steps:
        return json.dumps(edited(inner, steps, kind, strange))
    if not isinstance(value, (dict, list)) or not value or not steps:
        return _changed(value, kind, strange)
    keys = sorted(value) if isinstance(value, dict) else range(len(value))
    key: Any = keys[steps[0] % len(keys)]
    copy: Any = value.copy()
    last = len(steps) == 1 or not isinstance(value[key], (dict, list, str))
    if last and kind == "drop":
        del copy[key]
    elif last and kind == "rename" and isinstance(copy, dict):
        copy[str(strange)] = copy.pop(key)
    elif last and kind == "double" and isinstance(copy, list):
        copy.append(copy[key])
    else:
        copy[key] = edited(value[key], steps[1:], kind, strange)
    return copy


def _changed(value: Any, kind: str, strange: Any) -> Any:
    if kind == "flip" and isinstance(value, bool):
        return not value
    if kind == "double":
        return [value, value]
    if kind == "wrap":
        return [value]
    return strange


def _document(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return None


@settings(deadline=None, max_examples=60)
@given(changes=edits)
def test_any_stack_gets_a_verdict(changes: list[tuple[str, list[int], Any]]) -> None:
    """No edit of the synthesized stack makes the gate fail: it allows or denies."""
    cell = Cell.example()
    for kind, steps, strange in changes:
        cell.stack = _object(edited(cell.stack, steps, kind, strange))
    _verdict(cell, Stage.STATIC)


@settings(deadline=None, max_examples=60)
@given(changes=edits)
def test_any_plan_gets_a_verdict(changes: list[tuple[str, list[int], Any]]) -> None:
    """No edit of the plan makes the gate fail, with the stack beside it or broken too."""
    cell = Cell.example()
    for index, (kind, steps, strange) in enumerate(changes):
        if index % 3 == 2:
            cell.stack = _object(edited(cell.stack, steps, kind, strange))
        else:
            cell.plan = _object(edited(cell.plan, steps, kind, strange))
    _verdict(cell, Stage.PLAN)


@settings(deadline=None, max_examples=60)
@given(changes=edits, where=st.integers(0, 10_000))
def test_any_resource_gets_a_verdict(changes: list[tuple[str, list[int], Any]], where: int) -> None:
    """The same, with all edits in one resource and in what the plan makes of it."""
    cell = Cell.example()
    resources = [(kind, name) for kind, of in cell.stack["resource"].items() for name in of]
    kind_, name_ = resources[where % len(resources)]
    (told,) = [
        item for item in cell.plan["resource_changes"] if item["address"] == f"{kind_}.{name_}"
    ]
    for kind, steps, strange in changes:
        named = cell.stack["resource"][kind_]
        named[name_] = edited(named[name_], steps, kind, strange)
        told["change"] = edited(told["change"], steps, kind, strange)
    _verdict(cell, Stage.STATIC)
    _verdict(cell, Stage.PLAN)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"resource": value}


def _verdict(cell: Cell, stage: Stage) -> None:
    with tempfile.TemporaryDirectory() as folder:
        verdict = judged(cell, stage, Path(folder))
    blocked = any(finding.blocks for finding in verdict.findings)
    assert verdict.verdict == ("deny" if blocked else "allow")
