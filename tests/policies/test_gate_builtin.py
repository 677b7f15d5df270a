"""checkov's built-in checks give in process what checkov's own runner gives."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from agent_studio.policies import builtin
from agent_studio.policies.controls import load_controls
from agent_studio.policies.custom import PREFIX
from agent_studio.policies.model import Objection, Severity
from agent_studio.policies.skips import load_skips

# Its own process: the gate mends checkov where it runs.
STOCK = """
import json, os, sys
os.environ["LOG_LEVEL"] = "CRITICAL"
from checkov.runner_filter import RunnerFilter
from checkov.terraform.plan_runner import Runner
report = Runner().run(files=[sys.argv[1]], runner_filter=RunnerFilter(framework=["terraform_plan"]))
print(json.dumps([[r.check_id, r.resource_address or r.resource] for r in report.failed_checks]))
"""


def spoiled(plan: dict[str, Any]) -> None:
    """Break the plan in ways that Python checks and graph checks notice."""
    module = plan["planned_values"]["root_module"]
    dropped = {
        "aws_s3_bucket_logging",
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_public_access_block",
    }
    module["resources"] = [r for r in module["resources"] if r["type"] not in dropped]
    for resource in module["resources"]:
        if resource["type"] == "aws_kms_key":
            resource["values"].update(enable_key_rotation=False, policy=None)
        if resource["type"] in {"aws_cloudwatch_log_group", "aws_sqs_queue"}:
            resource["values"].update(kms_key_id=None, retention_in_days=None)


def test_the_outcome_equals_that_of_checkovs_runner(example: Any) -> None:
    """The same checks fail on the same resources as with checkov's own runner."""
    example.edit("plan.json", spoiled)
    done = subprocess.run(
        [sys.executable, "-c", STOCK, str(example.plan_json)],
        capture_output=True,
        text=True,
        check=True,
    )
    stock = {(check, address) for check, address in json.loads(done.stdout.splitlines()[-1])}
    plan = json.loads(example.plan_json.read_text())
    found = {(o.control, o.address) for o in builtin.load().of_plan(plan)}
    ours = {each for each in found if not each[0].startswith(PREFIX)}
    assert ours == stock
    assert len(stock) >= 6


def test_every_built_in_check_is_loaded() -> None:
    """The known checks are there by id, and as many as checkov 3.3 has for Terraform."""
    known = builtin.load().known()
    assert {"CKV_AWS_7", "CKV2_AWS_6", "CKV_GCP_62", "CKV_AZURE_3"} <= known
    assert len(known) > 1000


def test_judging_leaves_the_plan_as_it_was(example: Any) -> None:
    """The parsed plan is not changed by the checks that read it."""
    text = example.plan_json.read_text()
    plan = json.loads(text)
    list(builtin.load().of_plan(plan))
    assert plan == json.loads(text)


def test_every_skip_names_a_loaded_check_and_a_reason() -> None:
    """A skip of a check that does not exist would silently skip nothing."""
    known = builtin.load().known()
    for skip in load_skips():
        assert skip.check in known
        assert len(skip.reason) > 40


def test_every_control_is_complete() -> None:
    """Each control has a title, an explanation, a fix and at least one framework."""
    for control in load_controls().by_id.values():
        assert control.title
        assert control.explanation
        assert control.fix.endswith(".")
        assert control.frameworks


def test_a_check_of_an_unknown_category_counts_as_high() -> None:
    """A check that nobody classified is not taken lightly."""
    control = load_controls().of(Objection(control="CKV_X_1", address="", message="m"))
    assert control.severity is Severity.HIGH


def test_every_category_of_the_loaded_checks_is_classified() -> None:
    """Checkov's categories all have a severity of their own."""
    from checkov.common.models.enums import CheckCategories

    # SAST is of source code, which no Terraform check reads.
    classified = set(load_controls().by_category) | {"SAST"}
    assert {category.name for category in CheckCategories} <= classified


def test_nothing_is_imported_before_the_first_judgement() -> None:
    """Importing the gate does not import checkov."""
    code = "import sys, agent_studio.policies.gate; print('checkov' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert done.stdout.strip() == "False"
