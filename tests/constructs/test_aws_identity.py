"""What a runtime's roles may do, read off the synthesized policies."""

import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from support.aws_cells import (
    COLLECTOR,
    CORE,
    actions,
    allowed,
    cell,
    resources_of,
    runtime,
    statements,
    synthesized,
)

from agent_studio.constructs.aws.identity.models import (
    BedrockModel,
    bedrock_models,
    destinations,
    invoke_statements,
)
from agent_studio.constructs.aws.policy_document import document
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names.vault import audience
from agent_studio.identity.sources.aws import AwsSource

ANALYST = runtime()


def policies(path: str, kind: str = "aws_iam_role_policy") -> str:
    """The policy of a resource of these blocks."""
    return str(synthesized(ANALYST, COLLECTOR).at(kind, path)["policy"])


def invoked(*models: BedrockModel) -> dict[str, dict[str, Any]]:
    """The statements that admit a runtime of `cell()` to models."""
    return statements(document(*invoke_statements(cell(), models)))


def trusts() -> dict[str, dict[str, Any]]:
    """The trust of each role of these blocks, by path."""
    roles = synthesized(ANALYST, COLLECTOR).of("aws_iam_role")
    return {
        path: statement
        for path, role in roles.items()
        if path.startswith(("identity-", "mailbox"))
        for statement in statements(role["assume_role_policy"]).values()
    }


def test_only_ecs_takes_on_a_role_and_only_for_this_account_and_region() -> None:
    """The trust of both roles names ECS with the account and the region as conditions."""
    for path in ("identity-analyst/task", "identity-analyst/execution"):
        trust = trusts()[path]
        assert trust["Principal"] == {"Service": ["ecs-tasks.amazonaws.com"]}
        assert trust["Condition"] == {
            "StringEquals": {"aws:SourceAccount": ["222222222222"]},
            "ArnLike": {"aws:SourceArn": ["arn:aws:ecs:eu-west-1:222222222222:*"]},
        }


def test_every_trust_has_a_condition() -> None:
    """No role of these blocks can be taken on without a condition."""
    assert len(trusts()) == 5
    assert all(trust["Condition"] for trust in trusts().values())


def test_the_boundary_stands_on_the_task_role() -> None:
    """The task role carries its runtime's boundary."""
    role = synthesized(ANALYST, COLLECTOR).at("aws_iam_role", "identity-analyst/task")
    assert re.fullmatch(
        r"\$\{aws_iam_policy\.identity-analyst_boundary_\w+\.arn\}", role["permissions_boundary"]
    )


def test_the_boundary_denies_identity_other_regions_and_other_accounts() -> None:
    """The boundary's denials cover all actions and all resources, narrowed by place alone."""
    found = statements(policies("identity-analyst/boundary", "aws_iam_policy"))
    assert found["DenyIdentityChanges"] == {
        "Sid": "DenyIdentityChanges",
        "Effect": "Deny",
        "Action": ["iam:*", "organizations:*", "account:*", "sts:AssumeRole*"],
        "Resource": ["*"],
    }
    invoke = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    assert found["DenyOtherRegions"]["NotAction"] == invoke
    assert found["DenyOtherRegions"]["Condition"] == {
        "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}
    }
    assert found["DenyOtherAccounts"]["Condition"] == {
        "StringNotEquals": {"aws:ResourceAccount": ["222222222222"]}
    }
    assert found["DenyOtherAccounts"]["NotAction"] == [
        *invoke,
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        "sts:GetWebIdentityToken",
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("identity-analyst/task-policy", "aws_iam_role_policy"),
        ("identity-analyst/boundary", "aws_iam_policy"),
    ],
)
def test_agents_ask_for_tokens_for_their_own_place_in_vault_alone(path: str, kind: str) -> None:
    """Every audience of a token is the cell's own, there is one, and it lives five minutes."""
    assert statements(policies(path, kind))["WorkloadToken"] == {
        "Sid": "WorkloadToken",
        "Effect": "Allow",
        "Action": ["sts:GetWebIdentityToken"],
        "Resource": ["*"],
        "Condition": {
            "ForAllValues:StringEquals": {
                "sts:IdentityTokenAudience": [audience(cell(ANALYST).scope)]
            },
            "Null": {"sts:IdentityTokenAudience": ["false"]},
            "NumericLessThanEquals": {"sts:DurationSeconds": ["300"]},
            "StringEquals": {
                "aws:RequestedRegion": ["eu-west-1"],
                "sts:SigningAlgorithm": ["ES384", "RS256"],
            },
        },
    }


def test_the_client_asks_for_what_the_role_may_have() -> None:
    """Action, audience, algorithm and life of the token that the client asks for are admitted."""
    source = AwsSource(audience(cell(ANALYST).scope), region="eu-west-1")
    source._credentials = Credentials("AKIDEXAMPLE", "secret")
    asked = parse_qs(str(source._request().data))
    granted = statements(policies("identity-analyst/task-policy"))["WorkloadToken"]
    held = granted["Condition"]
    assert granted["Action"] == [f"sts:{asked['Action'][0]}"]
    named = held["ForAllValues:StringEquals"]["sts:IdentityTokenAudience"]
    assert asked["Audience.member.1"] == named
    assert asked["SigningAlgorithm"][0] in held["StringEquals"]["sts:SigningAlgorithm"]
    (most,) = held["NumericLessThanEquals"]["sts:DurationSeconds"]
    assert int(asked["DurationSeconds"][0]) <= int(most)


def test_without_a_vault_no_token_is_granted() -> None:
    """A cell whose jurisdiction has no Vault cluster has no use for tokens."""
    found = synthesized(ANALYST, vault=None)
    for kind, path in (
        ("aws_iam_role_policy", "identity-analyst/task-policy"),
        ("aws_iam_policy", "identity-analyst/boundary"),
    ):
        assert "WorkloadToken" not in statements(found.at(kind, path)["policy"])


def test_a_boundary_without_models_keeps_model_calls_in_the_region() -> None:
    """A runtime that declares no model has no other region for model calls either."""
    found = statements(policies("identity-collector/boundary", "aws_iam_policy"))
    assert found["DenyOtherRegionsForModels"]["Condition"] == {
        "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}
    }


def test_the_boundary_admits_every_grant() -> None:
    """What the task role is granted stands in its boundary too, or the grant would be void."""
    boundary = actions(policies("identity-analyst/boundary", "aws_iam_policy"))
    assert actions(policies("identity-analyst/task-policy")) <= boundary


def test_agents_reach_the_stores_of_their_own_data_classes_alone() -> None:
    """The analyst touches internal and personal data; the public store is not named."""
    policy = policies("identity-analyst/task-policy")
    buckets = " ".join(resources_of(policy, "s3:PutObject"))
    assert "store-internal" in buckets
    assert "store-personal" in buckets
    assert "store-public" not in policy
    assert "store-personal" not in policies("identity-collector/task-policy")


def test_keys_open_through_their_service_alone() -> None:
    """Each use of a key is bound to a service of the region, and to one key."""
    for path in ("identity-analyst/task-policy", "identity-analyst/execution-policy"):
        uses = [each for each in allowed(policies(path)) if "kms:Decrypt" in each["Action"]]
        assert uses
        for each in uses:
            assert len(each["Resource"]) == 1
            assert each["Resource"][0].startswith("${aws_kms_key.keys_")
            services = each["Condition"]["StringEquals"]["kms:ViaService"]
            assert all(host.endswith(".eu-west-1.amazonaws.com") for host in services)


def test_agents_read_the_mailbox_and_send_to_its_queue_alone() -> None:
    """The task role writes nowhere in the mailbox but into the events queue."""
    policy = policies("identity-analyst/task-policy")
    assert not actions(policy) & {"ssm:PutParameter", "sqs:PurgeQueue", "s3:DeleteObjectVersion"}
    sends = resources_of(policy, "sqs:SendMessage")
    assert len(sends) == 1
    assert sends[0].startswith("${aws_sqs_queue.mailbox_events_queue_")
    assert not any("mailbox" in arn for arn in resources_of(policy, "s3:PutObject"))


def test_agents_take_work_from_their_own_queue() -> None:
    """The work queue is the runtime's own, named before it is made."""
    takes = resources_of(policies("identity-analyst/task-policy"), "sqs:ReceiveMessage")
    queue = synthesized(ANALYST, COLLECTOR).at("aws_sqs_queue", "runtime-analyst/work/queue")
    assert takes == [f"arn:aws:sqs:eu-west-1:222222222222:{queue['name']}"]


@pytest.mark.parametrize(
    ("path", "unbounded"),
    [
        (
            "identity-analyst/task-policy",
            {"xray:PutTelemetryRecords", "xray:PutTraceSegments", "sts:GetWebIdentityToken"},
        ),
        ("identity-analyst/execution-policy", {"ecr:GetAuthorizationToken"}),
    ],
)
def test_only_actions_without_resources_are_granted_on_everything(
    path: str, unbounded: set[str]
) -> None:
    """`*` stands only beside actions that know no resource, and with a condition."""
    found = set()
    for each in allowed(policies(path)):
        if "*" in each["Resource"]:
            found |= set(each["Action"])
            held = each["Condition"]["StringEquals"]
            assert held["aws:RequestedRegion"] == ["eu-west-1"]
        assert not any("*" in action for action in each["Action"])
    assert found == unbounded


def test_ecs_pulls_the_runtime_and_the_collector_and_nothing_else() -> None:
    """The execution role reads two repositories, one log group and the runtime's own parameters."""
    policy = policies("identity-analyst/execution-policy")
    prefix = "arn:aws:ecr:eu-west-1:222222222222:repository/acme/cell-aws-eu-west-1-payments-eu"
    assert resources_of(policy, "ecr:BatchGetImage") == [
        f"{prefix}/analyst",
        f"{prefix}/otel-collector",
    ]
    own = "parameter/acme/cell-aws-eu-west-1-payments-eu/runtime/analyst/*"
    assert resources_of(policy, "ssm:GetParameters") == [
        f"arn:aws:ssm:eu-west-1:222222222222:{own}"
    ]
    (log,) = resources_of(policy, "logs:PutLogEvents")
    assert log.endswith("/analyst:log-stream:*")


def test_a_profile_is_invoked_in_its_destinations_and_through_itself_alone() -> None:
    """A geographic profile opens the foundation model in the EU, for calls through the profile."""
    found = invoked(*bedrock_models(ANALYST))
    profile = (
        "arn:aws:bedrock:eu-west-1:222222222222:inference-profile/eu.anthropic.claude-sonnet-4-5"
    )
    assert profile in found["InvokeProfilesEu"]["Resource"]
    through = found["InvokeModelsThroughEu"]
    assert profile in through["Condition"]["ArnLike"]["bedrock:InferenceProfileArn"]
    assert through["Condition"]["StringEquals"]["aws:RequestedRegion"] == [
        "eu-west-1",
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-3",
    ]


def test_a_regional_model_is_invoked_without_any_profile() -> None:
    """A model without a geography opens in the cell's region, and only outside profiles."""
    found = invoked(BedrockModel(name="amazon.nova-pro-v1:0", geography=None))[
        "InvokeModelsInRegion"
    ]
    assert found["Resource"] == ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0"]
    assert found["Condition"] == {"Null": {"bedrock:InferenceProfileArn": ["true"]}}


def test_a_global_profile_is_routed_to_no_named_region() -> None:
    """Only a declared global profile admits a destination without a name."""
    assert destinations(cell(), "global") == ("eu-west-1", "unspecified")
    model = BedrockModel(name="anthropic.claude-sonnet-4-5-20250929-v1:0", geography="global")
    through = invoked(model)["InvokeModelsThroughGlobal"]
    assert through["Resource"] == [
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
    ]


@pytest.mark.parametrize(
    ("declared", "model", "admitted"),
    [
        ("claude-sonnet-4", "claude-sonnet-4-20250514-v1:0", True),
        ("claude-sonnet-4", "claude-sonnet-4-5-20250929-v1:0", False),
        ("nova-pro", "nova-pro-v1:0", True),
        ("nova-pro", "nova-pro-v1:0:24k", True),
        ("nova-pro", "nova-pro-max-v1:0", False),
        ("nova-pro-v1:0", "nova-pro-v2:0", False),
        ("claude-opus-4-6", "claude-opus-4-6-v1", True),
        ("claude-sonnet-4-6", "claude-sonnet-4-6", True),
    ],
)
def test_a_name_without_version_admits_versions_of_that_model_alone(
    declared: str, model: str, admitted: bool
) -> None:
    """A declared model never opens a sibling whose name begins alike."""
    found = invoked(BedrockModel(name=f"x.{declared}", geography=None))["InvokeModelsInRegion"]
    patterns = [each.partition("foundation-model/")[2] for each in found["Resource"]]
    assert any(matches(each, f"x.{model}") for each in patterns) is admitted


def matches(pattern: str, value: str) -> bool:
    """IAM's wildcards: `*` any characters, `?` one."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value))


def test_models_of_other_clouds_open_nothing() -> None:
    """A model on Vertex AI or Azure is no grant on AWS."""
    assert bedrock_models(runtime(models=("vertex/europe-west3/gemini-2.5-pro",))) == ()


@given(st.sampled_from(["eu-west-1", "us-east-2", "ap-northeast-1", "us-gov-west-1"]))
def test_a_call_within_the_region_stays_there(region: str) -> None:
    """Without a profile the only destination is the cell's own region."""
    assert destinations(cell(region=region), None) == (region,)


def test_a_destination_is_never_in_another_partition() -> None:
    """GovCloud and the commercial regions both lie in the US; profiles never cross."""
    assert "us-gov-west-1" not in destinations(cell(region="us-east-2"), "us")
    assert destinations(cell(region="us-gov-west-1"), "us-gov") == (
        "us-gov-west-1",
        "us-gov-east-1",
    )


def test_too_many_models_are_refused_with_the_fix() -> None:
    """A policy longer than IAM takes is refused before AWS would refuse it."""
    many = tuple(f"bedrock/eu.provider.a-model-with-a-name-{n}" for n in range(40))
    with pytest.raises(StudioError, match=r"runtime analyst needs a longer policy.*split"):
        synthesized(runtime(models=many))


def test_policies_are_within_the_limits_of_iam() -> None:
    """Managed policies hold 6,144 characters and inline ones 10,240 (IAM quotas)."""
    stack = synthesized(ANALYST, COLLECTOR)
    for path, policy in stack.of("aws_iam_policy").items():
        if path.startswith("identity-"):
            assert len(json.dumps(json.loads(policy["policy"]), separators=(",", ":"))) <= 6144
    for path, role in stack.of("aws_iam_role").items():
        assert len(role["name"]) <= 64, path
    assert CORE.account_id not in policies("identity-analyst/task-policy")
