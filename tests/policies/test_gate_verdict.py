"""The gate's verdict: what it allows, what it denies, and what it says."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_studio.estate.errors import StudioError
from agent_studio.policies import PlanInput, Severity, Stage
from agent_studio.policies.gate import judge


def controls(findings: Any) -> list[str]:
    """The controls of findings, in their order."""
    return [finding.control for finding in findings]


def test_a_sound_stack_and_its_plan_are_allowed(example: Any) -> None:
    """A stack that keeps every rule is allowed, at each stage."""
    for stage in (Stage.STATIC, Stage.PLAN, None):
        verdict = judge([example.input()], stage=stage)
        assert verdict.findings == ()
        assert verdict.verdict == "allow"


def test_a_failed_check_tells_everything_needed_to_act(example: Any) -> None:
    """A finding names control, severity, address, construct, source, fix and frameworks."""

    def stop_rotation(plan: dict[str, Any]) -> None:
        for item in plan["planned_values"]["root_module"]["resources"]:
            if item["type"] == "aws_kms_key":
                item["values"]["enable_key_rotation"] = False
        for item in plan["resource_changes"]:
            if item["type"] == "aws_kms_key":
                item["change"]["after"]["enable_key_rotation"] = False

    example.edit("plan.json", stop_rotation)
    (finding,) = example.findings()
    assert finding.control == "CKV_AWS_7"
    assert finding.severity is Severity.HIGH
    assert finding.stack == "cell-example"
    assert finding.address == "aws_kms_key.keys_operations"
    assert finding.construct == "cell-example/keys/operations"
    path, _, line = str(finding.source).rpartition(":")
    assert path == str(example.stack_file)
    text = example.stack_file.read_text().splitlines()
    assert '"uniqueId": "keys_operations"' in text[int(line) - 1]
    assert finding.message == "Ensure rotation for customer created CMKs is enabled"
    assert "enable_key_rotation" in finding.fix
    assert finding.frameworks["NIST 800-53"] == ("SC-12",)
    assert finding.frameworks["CIS AWS"] == ("3.6",)
    assert finding.exception is None
    assert judge([example.input()], stage=Stage.PLAN).verdict == "deny"


def test_an_edited_stack_is_caught_before_any_plan(example: Any) -> None:
    """The static stage judges the synthesized stack, `required_version` in it or not."""
    example.edit(
        "cdk.tf.json",
        lambda s: s["resource"]["aws_kms_key"]["keys_operations"].update(enable_key_rotation=False),
    )
    assert controls(example.findings(stage=Stage.STATIC)) == ["CKV_AWS_7"]
    assert "required_version" in example.stack_file.read_text()


def test_a_stack_edited_after_its_plan_is_judged_too(example: Any) -> None:
    """With no stage named both the stack and its plan are judged."""
    example.edit(
        "cdk.tf.json",
        lambda s: s["resource"]["aws_kms_key"]["keys_operations"].update(enable_key_rotation=False),
    )
    assert controls(example.findings(stage=None)) == ["CKV_AWS_7"]


def test_nothing_to_judge_is_an_error() -> None:
    """No input is an error, not an allow."""
    with pytest.raises(StudioError, match="there is nothing to judge"):
        judge([])


def test_two_inputs_of_one_stack_are_an_error(example: Any) -> None:
    """One stack judged twice is an error: one of the verdicts would be lost."""
    with pytest.raises(StudioError, match="two of the inputs are of one stack"):
        judge([example.input(), example.input()])


def test_findings_come_worst_first(example: Any) -> None:
    """Findings are ordered by severity."""

    def spoil(stack: dict[str, Any]) -> None:
        stack["removed"] = [{"from": "aws_s3_bucket.gone", "lifecycle": {"destroy": False}}]
        del stack["resource"]["aws_s3_bucket_logging"]
        stack["resource"]["aws_kms_key"]["keys_operations"]["enable_key_rotation"] = False

    example.edit("cdk.tf.json", spoil)
    severities = [finding.severity for finding in example.findings(stage=Stage.STATIC)]
    assert severities == [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM]


def test_a_check_that_raises_is_a_finding(example: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that comes to no result denies, with its name and no traceback."""
    from checkov.terraform.checks.resource.aws.KMSRotation import check

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret value")

    monkeypatch.setattr(check, "scan_resource_conf", fail)
    (finding,) = example.findings()
    assert finding.control == "studio/check-crashed"
    assert finding.message == "CKV_AWS_7 failed with RuntimeError"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["planned_values", "configuration", "resource_changes", "format_version", "errored", "complete"]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=KEYS, value=JSON)
def test_a_misshapen_plan_never_passes_and_never_raises(example: Any, key: str, value: Any) -> None:
    """Whatever stands in a part of a plan, the gate gives a verdict, and no allow by accident."""
    plan = json.loads(example.plan_json.read_text())
    sound = plan[key]
    path = example.folder / "odd.json"
    path.write_text(json.dumps({**plan, key: value}))
    verdict = judge([example.input(plan_json=path)], stage=Stage.PLAN)
    assert verdict.verdict == "deny" or value == sound


def test_inputs_say_where_they_are_missing(example: Any) -> None:
    """A stack without the file that its stage needs is denied."""
    static = judge([PlanInput(stack="a")], stage=Stage.STATIC).findings
    assert [f.message for f in static] == ["there is no cdk.tf.json of the stack"]
    plan = judge([PlanInput(stack="a")], stage=Stage.PLAN).findings
    assert [f.message for f in plan] == ["there is no plan.json of the stack"]
