"""What single resources are denied for: table by table, from synthesized bodies."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.estate import Estate
from agent_studio.estate.loader import load_estate
from agent_studio.policies import static
from agent_studio.policies.facts.values import UNKNOWN, merged
from agent_studio.policies.model import Objection
from agent_studio.policies.places import Synthesized

ROOT = Path(__file__).resolve().parents[2]
STACK = "cell-aws-eu-west-1-payments-eu"
OWN, CORE, OTHER = "222222222222", "111111111111", "999999999999"
PROVIDER = {
    "region": "eu-west-1",
    "allowed_account_ids": [OWN],
    "assume_role": [{"role_arn": f"arn:aws:iam::{OWN}:role/acme-studio-apply"}],
}
BACKEND = {
    "s3": {
        "region": "eu-west-1",
        "encrypt": True,
        "bucket": "acme-state-222222222222-eu-west-1-ba288ae5",
        "allowed_account_ids": [OWN],
        "assume_role": {"role_arn": f"arn:aws:iam::{OWN}:role/acme-studio-state"},
    }
}
KEY = "${aws_kms_key.k.arn}"
RULED = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"},
                "Action": "kms:Describe*",
                "Resource": "*",
            }
        ]
    }
)
TLS = json.dumps(
    {
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    }
)


@cache
def estate() -> Estate:
    """The example estate."""
    return load_estate(ROOT / "regions.yaml")


def decided(content: dict[str, Any], *, stack: str = STACK) -> list[Objection]:
    """What the policies object to in a synthesized stack."""
    synthesized = Synthesized(path=Path(stack), content=content, text="")
    return static.decided(synthesized, None, stack=stack, estate=estate()).objections


def denied(resource: Mapping[str, Any], **top: Any) -> list[tuple[str, str]]:
    """Controls and messages of what a stack with these resources is denied for."""
    content = {
        "provider": {"aws": [PROVIDER]},
        "terraform": {"backend": BACKEND},
        "resource": resource,
        **top,
    }
    found = decided(content)
    return [(one.control, one.message) for one in found]


def controls(resource: Mapping[str, Any], **top: Any) -> set[str]:
    """The controls alone."""
    return {control for control, _ in denied(resource, **top)}


def role(statement: Mapping[str, Any]) -> dict[str, Any]:
    """A role with one statement in its trust policy."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}
    return {"aws_iam_role": {"r": {"assume_role_policy": json.dumps({"Statement": [trust]})}}}


def permissions(statement: Mapping[str, Any]) -> dict[str, Any]:
    """A role's own policy with one statement."""
    body = {"Effect": "Allow", **statement}
    return {"aws_iam_role_policy": {"p": {"policy": json.dumps({"Statement": body})}}}


EVERYTHING = {"studio/identity-privilege", "studio/identity-trust"}
"""What is wrong with leave to do everything: a token for anybody may be asked for, too."""

GUARD = {"StringEquals": {"aws:SourceAccount": [OWN]}}


def topic(owner: str) -> dict[str, Any]:
    """A topic with the policy that SNS gives to one that has none, read back from the cloud."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Subscribe", "SNS:Publish"],
        "Resource": f"arn:aws:sns:eu-west-1:{OWN}:t",
        "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
    }
    return {"aws_sns_topic_policy": {"t": {"policy": json.dumps({"Statement": [statement]})}}}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (role({"Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Condition": GUARD}), set()),
        (role({"Principal": {"Service": "ecs-tasks.amazonaws.com"}}), {"studio/identity-trust"}),
        (
            role({"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Condition": GUARD}),
            {"studio/identity-principal"},
        ),
        (
            role({"Principal": {"AWS": f"arn:aws:iam::{CORE}:root"}}),
            {"studio/identity-trust"},
        ),
        (topic(OWN), set()),
        (topic(OTHER), {"studio/identity-principal"}),
        (
            role({"Principal": "*"}),
            {"studio/identity-principal", "studio/identity-trust"},
        ),
        (
            role({"NotPrincipal": {"AWS": OTHER}}),
            {"studio/identity-principal", "studio/identity-trust"},
        ),
        (
            role({"Principal": {"AWS": "arn:aws:iam::${var.account}:root"}, "Condition": GUARD}),
            {"studio/undecided"},
        ),
        (
            permissions(
                {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::acme-store-{OWN}-x/*"}
            ),
            set(),
        ),
        (
            permissions({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::elsewhere/*"}),
            {"studio/isolation-account"},
        ),
        (permissions({"Action": "*", "Resource": "*"}), EVERYTHING),
        (
            permissions({"NotAction": "iam:*", "Resource": "*"}),
            EVERYTHING,
        ),
        (
            permissions({"Action": "iam:PassRole", "NotResource": "arn:aws:iam::1:role/x"}),
            {"studio/identity-privilege"},
        ),
        (
            permissions(
                {"Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:us-east-1:{OWN}:acme-x"}
            ),
            {"studio/residency-transfer"},
        ),
    ],
)
def test_grants(resource: Mapping[str, Any], expected: set[str]) -> None:
    """Nobody gets in from outside, by accident, or to everything."""
    assert controls(resource) - {"studio/model-undeclared", "studio/residency-model"} == expected


PROFILE = f"arn:aws:bedrock:eu-west-1:{OWN}:inference-profile/"


@pytest.mark.parametrize(
    ("target", "condition", "expected"),
    [
        (f"{PROFILE}eu.anthropic.claude-sonnet-4-5", {}, set()),
        (f"{PROFILE}eu.anthropic.claude-sonnet-4-5-20250929-v1:0", {}, set()),
        (
            f"{PROFILE}global.anthropic.claude-sonnet-4-5",
            {},
            {"studio/residency-model", "studio/model-undeclared"},
        ),
        (
            f"{PROFILE}us.anthropic.claude-sonnet-4-5",
            {},
            {"studio/residency-model", "studio/model-undeclared"},
        ),
        (f"{PROFILE}eu.amazon.nova-pro", {}, {"studio/model-undeclared"}),
        (
            "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-5",
            {},
            {"studio/residency-model"},
        ),
        (
            "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-5",
            {
                "ArnLike": {
                    "bedrock:InferenceProfileArn": f"{PROFILE}eu.anthropic.claude-sonnet-4-5"
                }
            },
            set(),
        ),
        ("*", {}, {"studio/residency-model", "studio/model-undeclared"}),
    ],
)
def test_models(target: str, condition: Mapping[str, Any], expected: set[str]) -> None:
    """Prompts go to declared models, within the jurisdiction."""
    statement = {"Action": "bedrock:InvokeModel", "Resource": target, "Condition": condition}
    assert controls(permissions(statement)) == expected


def test_a_model_named_in_a_setting_counts() -> None:
    """A task that is told to use a global profile is denied, whatever its role may do."""
    container = [{"environment": [{"name": "M", "value": "global.anthropic.claude-sonnet-4-5"}]}]
    task = {"aws_ecs_task_definition": {"t": {"container_definitions": json.dumps(container)}}}
    assert "studio/residency-model" in controls(task)


@pytest.mark.parametrize(
    ("type_", "body", "expected"),
    [
        ("aws_sqs_queue", {"policy": TLS, "kms_master_key_id": KEY}, set()),
        ("aws_sqs_queue", {"policy": TLS}, {"studio/encryption-missing"}),
        (
            "aws_sqs_queue",
            {"policy": TLS, "kms_master_key_id": "alias/aws/sqs"},
            {"studio/encryption-key"},
        ),
        (
            "aws_cloudwatch_log_group",
            {"kms_key_id": f"arn:aws:kms:eu-west-1:{OTHER}:key/1"},
            {"studio/encryption-key", "studio/isolation-account"},
        ),
        (
            "aws_cloudwatch_log_group",
            {"kms_key_id": f"arn:aws:kms:us-east-1:{OWN}:key/1"},
            {"studio/encryption-key", "studio/residency-transfer"},
        ),
        ("aws_cloudwatch_log_group", {"kms_key_id": "${var.key}"}, {"studio/undecided"}),
        ("aws_ssm_parameter", {"type": "String", "key_id": KEY}, {"studio/encryption-missing"}),
        ("aws_secretsmanager_secret", {"kms_key_id": KEY}, set()),
        (
            "aws_secretsmanager_secret",
            {"kms_key_id": KEY, "replica": [{"region": "us-east-1"}]},
            {"studio/residency-replica"},
        ),
        ("aws_kms_key", {"policy": RULED, "enable_key_rotation": False}, {"studio/encryption-key"}),
        (
            "aws_kms_key",
            {"policy": RULED, "enable_key_rotation": True, "multi_region": True},
            {"studio/residency-replica"},
        ),
        (
            "aws_sqs_queue",
            {"policy": TLS, "kms_master_key_id": KEY, "region": "us-east-1"},
            {"studio/residency-location", "studio/residency-store"},
        ),
        ("aws_sagemaker_domain", {}, {"studio/undecided"}),
        (
            "aws_sns_topic_subscription",
            {"protocol": "https", "endpoint": "https://x.example"},
            {"studio/residency-transfer"},
        ),
        (
            "aws_cloudwatch_log_subscription_filter",
            {"destination_arn": f"arn:aws:logs:eu-west-1:{OTHER}:destination:d"},
            {"studio/isolation-account"},
        ),
        (
            "aws_flow_log",
            {"log_destination": "arn:aws:s3:::someone-elses"},
            {"studio/isolation-account"},
        ),
    ],
)
def test_stores_and_movements(type_: str, body: Mapping[str, Any], expected: set[str]) -> None:
    """Data stays in place, encrypted under the account's own key."""
    sound = {"aws_kms_key": {"k": {"policy": RULED, "enable_key_rotation": True}}}
    assert controls({**sound, type_: {"x": body}}) == expected


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (
            {"terraform": {"backend": {"local": {}}}},
            {"studio/residency-store", "studio/encryption-missing", "studio/isolation-account"},
        ),
        (
            {"terraform": {"backend": {"s3": {**BACKEND["s3"], "region": "us-east-1"}}}},
            {"studio/residency-store"},
        ),
        (
            {"provider": {"aws": [{**PROVIDER, "allowed_account_ids": [OTHER]}]}},
            {"studio/isolation-account"},
        ),
        (
            {"provider": {"aws": [{**PROVIDER, "access_key": "AKIA"}]}},
            {"studio/isolation-account"},
        ),
    ],
)
def test_providers_and_state(top: Mapping[str, Any], expected: set[str]) -> None:
    """Providers are pinned and keyless; the state stays in the cell's region, encrypted."""
    assert controls({}, **top) == expected


def test_a_stack_that_the_estate_does_not_have_is_denied() -> None:
    """What a stack is held to comes from the estate; without it nothing can be decided."""
    (one,) = decided({}, stack="cell-aws-eu-west-1-nobody")
    assert one.control == "studio/unknown-stack"
    assert "the estate has no stack cell-aws-eu-west-1-nobody" in one.message


def test_a_plan_is_completed_by_what_the_stack_refers_to() -> None:
    """What is unknown until apply is read from the stack; what neither knows stays unknown."""
    after = {"name": "q", "rules": [{"a": 1}]}
    unknown = {"key": True, "other": True, "rules": [{"b": True}]}
    body = {"name": "q", "key": KEY, "rules": {"a": 1, "b": "${x.y.z}"}}
    assert merged(after, unknown, body) == {
        "name": "q",
        "key": KEY,
        "other": UNKNOWN,
        "rules": [{"a": 1, "b": "${x.y.z}"}],
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(body=st.dictionaries(st.sampled_from(["policy", "region", "rule", "kms_key_id"]), _JSON))
def test_odd_values_are_decided_or_denied_never_raised(body: dict[str, Any]) -> None:
    """Whatever stands in a resource, the gate comes to a decision."""
    assert isinstance(denied({"aws_sqs_queue": {"x": body}, "aws_s3_bucket": {"y": body}}), list)
