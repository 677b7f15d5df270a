"""A plan in few words: what changes, why, and what would be lost."""

import json
from pathlib import Path
from typing import Any

from agent_studio.delivery.planning import Planned
from agent_studio.delivery.summary import Summary, changed_constructs, summarize


def _stack(**buckets: tuple[str, str]) -> dict[str, Any]:
    return {
        "resource": {
            "aws_s3_bucket": {
                name: {"bucket": bucket, "//": {"metadata": {"path": f"cell-a/{construct}/it"}}}
                for name, (construct, bucket) in buckets.items()
            }
        }
    }


def _summary(folder: Path, changes: list[dict[str, Any]], before: Path | None = None) -> Summary:
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"resource_changes": changes}))
    stack = folder / "cdk.tf.json"
    stack.write_text(json.dumps(_stack(a=("stores", "new"))))
    return summarize(Planned(stack="cell-a", plan_json=plan), synthesized=stack, before=before)


def _change(type_: str, *actions: str) -> dict[str, Any]:
    return {"address": f"{type_}.x", "type": type_, "change": {"actions": list(actions)}}


def test_a_summary_counts_by_type_and_names_what_would_be_lost(tmp_path: Path) -> None:
    """Creations and updates are counted; what is destroyed or replaced is named."""
    words = _summary(
        tmp_path,
        [
            _change("aws_subnet", "create"),
            _change("aws_subnet", "create"),
            _change("aws_vpc", "delete", "create"),
            _change("aws_kms_key", "delete"),
            _change("aws_iam_role", "no-op"),
        ],
    )
    assert words.what == "+ 2 subnet, -/+ 1 vpc, - 1 kms_key"
    assert words.risks == ("replaces aws_vpc.x", "destroys aws_kms_key.x")
    assert words.why == "never applied from here"


def test_a_summary_stays_short(tmp_path: Path) -> None:
    """A plan of a hundred types names six of them and the number of the others."""
    words = _summary(tmp_path, [_change(f"aws_t{n}", "create") for n in range(100)])
    assert words.what.endswith("and 94 more types")
    assert words.what.count(",") == 6


def test_the_reason_names_the_constructs_that_changed(tmp_path: Path) -> None:
    """What was last applied is compared construct by construct."""
    before = tmp_path / "before.json"
    before.write_text(json.dumps(_stack(a=("stores", "old"))))
    assert _summary(tmp_path, [], before).why == "changed: stores"


def test_added_and_removed_constructs_count_as_changed() -> None:
    """A construct that stands on one side alone has changed."""
    now, before = _stack(a=("stores", "s"), b=("logs", "l")), _stack(a=("stores", "s"))
    assert changed_constructs(now, before) == ["logs"]
    assert changed_constructs(before, now) == ["logs"]
    assert changed_constructs(now, now) == []
