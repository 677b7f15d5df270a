"""A plan that is not whole, or belongs to something else, is denied with the reason."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from agent_studio.policies import Stage


def only(findings: Any) -> tuple[str, str]:
    """Control and message of the one finding."""
    (finding,) = findings
    return finding.control, finding.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "plan.json is not valid JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "plan.json holds no JSON object"),
        (b"\xff\xfe{}", "plan.json is not UTF-8"),
        (b'{"a": NaN}', "plan.json is not valid JSON: NaN is not JSON"),
        (b'{"a": 1, "a": 2}', "plan.json is not valid JSON: the key 'a' stands twice"),
        (b'{"a":' * 100_000, "plan.json is nested too deeply"),
        (
            b'{"version": 4, "terraform_version": "1.11.4", "resources": []}',
            "plan.json has format version None; only version 1 of Terraform's plan format is known",
        ),
        (
            b'{"format_version": "2.0", "terraform_version": "9.0.0"}',
            "plan.json has format version '2.0';"
            " only version 1 of Terraform's plan format is known",
        ),
        (
            b'{"format_version": "1.2", "terraform_version": "1.11.4", "values": {}}',
            "plan.json has no planned_values: it is not the JSON of a whole plan",
        ),
    ],
)
def test_an_unreadable_plan_is_denied(example: Any, content: bytes, message: str) -> None:
    """What is no plan's JSON is denied, with what is wrong about it."""
    example.plan_json.write_bytes(content)
    assert only(example.findings()) == ("studio/plan-unreadable", message)


def test_a_truncated_plan_is_denied(example: Any) -> None:
    """A plan cut short anywhere is denied."""
    whole = example.plan_json.read_bytes()
    for share in (1, 3, 7, 9):
        example.plan_json.write_bytes(whole[: len(whole) * share // 10])
        assert only(example.findings())[0] == "studio/plan-unreadable"


def test_a_pipe_instead_of_a_plan_does_not_hang(example: Any) -> None:
    """Something that is no regular file is denied at once."""
    import os

    example.plan_json.unlink()
    os.mkfifo(example.plan_json)
    assert only(example.findings()) == (
        "studio/plan-unreadable",
        "plan.json is not a regular file",
    )


def test_a_change_taken_out_of_the_json_is_denied(example: Any) -> None:
    """A resource that is planned but whose change was taken out of the JSON is noticed."""
    example.edit("plan.json", lambda p: p["resource_changes"].pop())
    control, message = only(example.findings(bound=False))
    assert control == "studio/plan-unbound"
    assert message.endswith("it plans values of it, but lists no change that keeps or makes it")


def test_planned_values_taken_out_of_the_json_are_denied(example: Any) -> None:
    """Values that checks would read can't be taken away from them."""
    example.edit("plan.json", lambda p: p["planned_values"]["root_module"]["resources"].pop())
    control, message = only(example.findings())
    assert control == "studio/plan-unbound"
    assert message.endswith("it keeps or makes it, but plans no values of it")


def test_planned_values_that_differ_from_the_change_are_denied(example: Any) -> None:
    """Checks can't be shown better values than those that would be applied."""

    def weaken(plan: dict[str, Any]) -> None:
        for item in plan["resource_changes"]:
            if item["type"] == "aws_kms_key":
                item["change"]["after"]["enable_key_rotation"] = False

    example.edit("plan.json", weaken)
    control, message = only(example.findings())
    assert control == "studio/plan-unbound"
    assert message.endswith("it plans other values of it than its change has")


def test_a_type_that_does_not_fit_its_address_is_denied(example: Any) -> None:
    """A data-bearing resource can't be passed off as another type."""
    example.edit("plan.json", lambda p: p["resource_changes"][0].update(type="null_resource"))
    assert only(example.findings())[0] == "studio/plan-unreadable"


def test_an_unknown_action_is_denied(example: Any) -> None:
    """An action that this version does not know can't be judged."""
    example.set_change("aws_s3_bucket.store_bucket", actions=["evaporate"])
    assert only(example.findings()) == (
        "studio/plan-unreadable",
        "the plan has an unknown action: ['evaporate']",
    )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("errored", True, "the plan ended with an error, so it does not show all changes"),
        ("errored", None, "the plan ended with an error, so it does not show all changes"),
        (
            "complete",
            False,
            "the plan is not complete: applying it leaves changes for a later plan",
        ),
        ("deferred_changes", [{"reason": "x"}], "the plan puts changes off to a later plan"),
    ],
)
def test_an_unfinished_plan_is_denied(example: Any, key: str, value: Any, message: str) -> None:
    """A plan that hides what comes after it is denied."""
    example.edit("plan.json", lambda p: p.update({key: value}))
    assert only(example.findings()) == ("studio/plan-unfinished", message)


def test_a_plan_of_another_stack_is_denied(example: Any) -> None:
    """A plan that was made from other blocks than the stack's is denied."""
    example.edit(
        "cdk.tf.json",
        lambda s: s["resource"].update(
            aws_sqs_queue={"other": s["resource"]["aws_sqs_queue"]["work_queue"]}
        ),
    )
    findings = example.findings()
    assert [f.control for f in findings] == ["studio/plan-foreign"] * 2
    assert findings[0].message == (
        "plan and stack differ in aws_sqs_queue.other, which the plan was not made from"
    )


def test_plan_json_without_its_plan_file_is_denied(example: Any) -> None:
    """Plan JSON alone binds nothing."""
    assert only(example.findings(plan_file=None)) == (
        "studio/plan-unbound",
        "there is no plan file beside the plan's JSON",
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip archive at all"])
def test_a_broken_plan_file_is_denied(example: Any, content: bytes) -> None:
    """A plan file that can't be read is denied."""
    example.plan_file.write_bytes(content)
    assert only(example.findings()) == ("studio/plan-unbound", "plan.bin is not a plan file")


def test_a_truncated_plan_file_is_denied(example: Any) -> None:
    """A plan file cut short is denied."""
    example.plan_file.write_bytes(example.plan_file.read_bytes()[:-100])
    assert only(example.findings())[0] == "studio/plan-unbound"


def test_json_that_hides_what_its_plan_file_does_is_denied(example: Any) -> None:
    """The actions in the JSON are held against those in the plan file itself."""
    example.set_change("aws_sqs_queue.work_queue", actions=["no-op"])
    assert only(example.findings()) == (
        "studio/plan-unbound",
        "the plan file would create aws_sqs_queue.work_queue, but the plan's JSON says no-op",
    )


def test_another_plan_file_than_the_planned_one_is_denied(example: Any) -> None:
    """One changed byte in the plan file shows against the SHA-256 noted when it was made."""
    right = hashlib.sha256(example.plan_file.read_bytes()).hexdigest()
    assert example.findings(planned_sha256=right) == ()
    assert only(example.findings(planned_sha256="0" * 64)) == (
        "studio/plan-unbound",
        "the plan file is not the one that was planned: its SHA-256 differs",
    )


def test_a_plan_of_an_older_stack_is_denied(example: Any) -> None:
    """A stack synthesized anew after its plan needs a new plan."""
    assert only(example.findings(planned_digest="old", digest="new")) == (
        "studio/plan-unbound",
        "the plan was made from the stack as it was, not as it is now",
    )


def test_an_unreadable_stack_is_denied(example: Any, tmp_path: Path) -> None:
    """A synthesized stack that is not JSON is denied at both stages."""
    example.stack_file.write_text("{")
    for stage in (Stage.STATIC, Stage.PLAN):
        controls = {finding.control for finding in example.findings(stage=stage)}
        assert controls == {"studio/stack-unreadable"}


def test_odd_blocks_of_a_stack_are_denied(example: Any) -> None:
    """A stack whose resources are not shaped as Terraform's is denied at the static stage."""
    example.stack_file.write_text(json.dumps({"resource": {"aws_s3_bucket": {"a": "text"}}}))
    assert "studio/stack-unreadable" in {f.control for f in example.findings(stage=Stage.STATIC)}
