"""The kit's own checkov checks in shapes that no block of ours makes.

What passes and what fails each of them stands in `policies/tests/checks/`.
"""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.policies import builtin, custom
from agent_studio.policies.evidence import Evidence
from agent_studio.policies.logs_and_tags import REQUIRED_TAGS
from agent_studio.policies.testing import CheckCase, load_suite

ROOT = Path(__file__).resolve().parents[2]
SUITE = load_suite(root=ROOT / "policies").checks
assert SUITE is not None
CASES = SUITE.cases
ADDRESS = "aws_ecs_task_definition.agent"
LOGS = "aws_cloudwatch_log_group.agent"
TAGS = {
    "studio:jurisdiction": "EU",
    "studio:layer": "cell",
    "studio:owner": "payments",
    "studio:stack": "cell-example",
}
CONTAINER: dict[str, Any] = {
    "name": "agent",
    "image": "${aws_ecr_repository.registry_agent.repository_url}:released",
    "user": "10001:10001",
    "privileged": False,
    "readonlyRootFilesystem": True,
    "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/acme/agent"}},
    "environment": [
        {"name": "STUDIO_TOKENS_PER_DAY", "value": "5000000"},
        {"name": "STUDIO_SIGNING_KEY", "value": "alias/acme/core/signing"},
        {"name": "DATABASE_PASSWORD_ARN", "value": "arn:aws:secretsmanager:eu-west-1:2:secret:x"},
        {"name": "WORK_QUEUE_URL", "value": "${aws_sqs_queue.work.url}"},
        {"name": "API_KEY", "value": ""},
    ],
}


def stack() -> dict[str, Any]:
    """A synthesized stack on which every check of the kit passes."""
    return {
        "provider": {
            "aws": [
                {
                    "region": "eu-west-1",
                    "allowed_account_ids": ["222222222222"],
                    "default_tags": [{"tags": dict(TAGS)}],
                }
            ]
        },
        "resource": {
            "aws_ecs_task_definition": {
                "agent": {
                    "family": "agent",
                    "cpu": "1024",
                    "memory": "2048",
                    "network_mode": "awsvpc",
                    "container_definitions": [copy.deepcopy(CONTAINER)],
                }
            },
            "aws_cloudwatch_log_group": {
                "agent": {
                    "name": "/acme/agent",
                    "retention_in_days": 365,
                    "kms_key_id": "${aws_kms_key.operations.arn}",
                }
            },
        },
    }


def written(content: dict[str, Any]) -> dict[str, Any]:
    """The stack as it is synthesized: container definitions are a JSON string."""
    content = copy.deepcopy(content)
    task = content["resource"]["aws_ecs_task_definition"]["agent"]
    if isinstance(task["container_definitions"], list):
        task["container_definitions"] = json.dumps(task["container_definitions"])
    return content


def planned(content: dict[str, Any], *, unknown: bool = False) -> dict[str, Any]:
    """The stack as Terraform would plan it; `unknown` leaves out what refers to other resources."""
    content = written(content)
    provider = content["provider"]["aws"][0]
    resources, changes, configuration = [], [], []
    for kind, named in content["resource"].items():
        for name, body in named.items():
            values = {**body, "tags_all": provider["default_tags"][0]["tags"]}
            referring = [key for key, value in body.items() if unknown and "${" in str(value)]
            for key in referring:
                del values[key]
            address = f"{kind}.{name}"
            common = {"address": address, "mode": "managed", "type": kind, "name": name}
            resources.append({**common, "values": values})
            change = {"actions": ["create"], "before": None, "after": values}
            change["after_unknown"] = dict.fromkeys(referring, True)
            changes.append({**common, "change": change})
            references = {key: {"references": ["aws_kms_key.operations.arn"]} for key in referring}
            configuration.append({**common, "expressions": references})
    accounts = {"allowed_account_ids": {"constant_value": provider["allowed_account_ids"]}}
    return {
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": accounts}},
            "root_module": {"resources": configuration},
        },
    }


def found(objections: list[Any]) -> dict[str, str]:
    """The kit's own objections: id and address -> message."""
    return {
        f"{o.control} {o.address}": o.message
        for o in objections
        if o.control.startswith((custom.PREFIX, "studio/"))
    }


def of_stack(content: dict[str, Any]) -> dict[str, str]:
    """What the kit's own checks say of a synthesized stack."""
    return found(builtin.load().of_stack(written(content)))


def of_plan(content: dict[str, Any]) -> dict[str, str]:
    """What they say of its plan, when everything is known."""
    return found(builtin.load().of_plan(planned(content), written(content)))


def container(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """Change the container; None takes an argument away."""

    def change(content: dict[str, Any]) -> None:
        body = content["resource"]["aws_ecs_task_definition"]["agent"]["container_definitions"][0]
        for name, value in changes.items():
            body.pop(name, None) if value is None else body.update({name: value})

    return change


def task(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """Change the task definition; None takes an argument away."""

    def change(content: dict[str, Any]) -> None:
        body = content["resource"]["aws_ecs_task_definition"]["agent"]
        for name, value in changes.items():
            body.pop(name, None) if value is None else body.update({name: value})

    return change


def variable(name: str, value: str) -> Callable[[dict[str, Any]], None]:
    """Give the container one environment variable."""
    return container(environment=[{"name": name, "value": value}])


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "container" in case.edit and case.denied],
    ids=lambda case: case.id,
)
def test_what_a_plan_knows_is_judged_alike(case: CheckCase) -> None:
    """Container definitions that a plan shows in full need no stack beside them."""
    made = case.made()
    address = made.address(case.on)
    type_, name = address.split(".")
    known = made.stack["resource"][type_][name]["container_definitions"]
    (change,) = made.plan["resource_changes"]
    (told,) = made.plan["planned_values"]["root_module"]["resources"]
    change["change"]["after_unknown"].pop("container_definitions")
    for values in (change["change"]["after"], told["values"]):
        values["container_definitions"] = known
    assert found(builtin.load().of_plan(made.plan)) == {f"{case.control} {address}": case.message}


def test_what_a_plan_does_not_know_is_read_in_the_stack() -> None:
    """Container definitions that refer to what is not created yet are judged all the same."""
    content = stack()
    plan = planned(content, unknown=True)
    values = plan["planned_values"]["root_module"]["resources"][0]["values"]
    assert "container_definitions" not in values
    checks = builtin.load()
    assert found(checks.of_plan(plan, written(content))) == {}
    container(privileged=True)(content)
    assert found(checks.of_plan(plan, written(content))) == {
        f"CKV_STUDIO_3 {ADDRESS}": "container agent is privileged"
    }


def test_what_nobody_knows_before_apply_fails_with_the_reason() -> None:
    """Without the stack, unknown container definitions pass no check that looks into them."""
    objections = found(builtin.load().of_plan(planned(stack(), unknown=True)))
    # The task itself has limits, so that its containers need none.
    numbers = [1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert objections == {
        f"CKV_STUDIO_{number} {ADDRESS}": "container_definitions are known after apply only"
        for number in numbers
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${jsonencode(local.x)}", "container_definitions are no JSON that can be read"),
        ("[]", "there are no container_definitions"),
        ('["agent"]', "container_definitions are not a list of objects"),
        ("", "container_definitions are no JSON that can be read"),
    ],
)
def test_container_definitions_that_are_none_fail(value: str, message: str) -> None:
    """An expression, an empty list or a list of something else hides no container."""
    content = stack()
    task(container_definitions=value)(content)
    text = found(builtin.load().of_stack(content))[f"CKV_STUDIO_3 {ADDRESS}"]
    assert text.startswith(message)


@pytest.mark.parametrize("name", REQUIRED_TAGS)
def test_every_tag_is_asked_for(name: str) -> None:
    """A tag that the provider does not set fails in the stack, and on each planned resource."""
    content = stack()
    del content["provider"]["aws"][0]["default_tags"][0]["tags"][name]
    assert of_stack(content) == {
        "CKV_STUDIO_13 provider.aws": f"the provider's default tags lack {name}"
    }
    assert of_plan(content) == {
        f"CKV_STUDIO_14 {address}": f"its tags lack {name}" for address in (ADDRESS, LOGS)
    }


def test_a_provider_without_default_tags_fails() -> None:
    """No default tags at all are four missing tags."""
    content = stack()
    del content["provider"]["aws"][0]["default_tags"]
    assert of_stack(content)["CKV_STUDIO_13 provider.aws"].count("lack studio:") == 4


def test_no_message_repeats_a_secret() -> None:
    """The finding names the variable, never its value."""
    content = stack()
    variable("DB_PASSWORD", "hunter2-hunter2")(content)
    assert "hunter2" not in json.dumps(of_stack(content))


def test_the_files_of_checks_are_all_loaded() -> None:
    """Every Python file beside the skips is named by the loader; none is loaded by being there."""
    files = {path.stem for path in (ROOT / "policies" / "checkov").glob("*.py")}
    assert files == set(custom.FILES)


def test_the_folder_of_checks_hides_no_checkov() -> None:
    """`policies/` is on the path of an editable install; an `__init__.py` would hide PyPI's."""
    import checkov

    assert not (ROOT / "policies" / "checkov" / "__init__.py").exists()
    assert checkov.__file__ is not None
    assert ROOT / "policies" not in Path(checkov.__file__).parents


def test_a_folder_that_is_scanned_adds_no_check(tmp_path: Path) -> None:
    """A file of checks beside a stack is not run: only the kit's own files are loaded."""
    (tmp_path / "studio_more.py").write_text("raise SystemExit('ran')\n")
    code = "from agent_studio.policies import builtin; print(len(builtin.load().custom))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "CHECKOV_EXTERNAL_CHECKS_DIR": str(tmp_path)},
    )
    assert done.stdout.strip() == "14"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from([*CONTAINER, "cpu", "memory"])


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_no_shape_of_a_container_makes_a_check_raise(body: dict[str, Any]) -> None:
    """Whatever a container holds, each rule comes to a result."""
    seen = {"container_definitions": [json.dumps([body])]}
    for check in builtin.load().custom[:10]:
        assert all(isinstance(text, str) for text in check.rule(seen, Evidence()))


def test_the_checks_cost_little() -> None:
    """On 100 resources, of which 10 are tasks, they make 150 calls for each at the most.

    Calls are counted, for they are the same on a busy machine; 100 take a few milliseconds.
    """
    content = stack()
    tasks = content["resource"]["aws_ecs_task_definition"]
    groups = content["resource"]["aws_cloudwatch_log_group"]
    tasks["agent"]["container_definitions"] = json.dumps([CONTAINER, {**CONTAINER, "name": "b"}])
    for number in range(9):
        tasks[f"agent{number}"] = tasks["agent"]
    for number in range(89):
        groups[f"agent{number}"] = groups["agent"]
    plan = planned(content)
    from agent_studio.policies import evidence

    checks = builtin.load()
    definitions = checks._plan_definitions(plan)["resource"]
    entities = [(t, b) for item in definitions for t, named in item.items() for b in named.values()]
    assert len(entities) == 100
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    with evidence.given(evidence.of_plan(plan, content)):
        sys.setprofile(count)
        try:
            for kind, body in entities:
                for check in checks.custom:
                    if kind in check.supported_entities or "aws_*" in check.supported_entities:
                        check.run("plan.json", body, "name", kind, {})
        finally:
            sys.setprofile(None)
    assert 0 < calls < 150 * len(entities)
