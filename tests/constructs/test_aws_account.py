"""An account's guardrails, as the stack of the example estate holds them."""

import json
from typing import Any

import pytest
from support.aws_cells import Stack, statements
from support.estates import estate_text, synthesized_estate

from agent_studio.constructs.aws.account.alarms import WATCHED
from agent_studio.constructs.aws.account.region_deny import region_deny_document
from agent_studio.estate import catalogue


@pytest.fixture(scope="module")
def stack() -> Stack:
    """The guardrails of the account that has a budget."""
    return synthesized_estate()["guardrails-payments-eu"]


def _trust(stack: Stack, path: str) -> dict[str, Any]:
    role = stack.at("aws_iam_role", path)
    return statements(role["assume_role_policy"])["TokenOfTheOneJob"]


def test_ci_tokens_are_compared_as_whole_strings(stack: Stack) -> None:
    """Only the one repository's pull requests may plan, only its environment's jobs may apply."""
    issuer = "token.actions.githubusercontent.com"
    plan, apply = _trust(stack, "ci/ci-plan"), _trust(stack, "ci/ci-apply")
    for trust in (plan, apply):
        assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
        assert list(trust["Condition"]) == ["StringEquals"]
        assert trust["Condition"]["StringEquals"][f"{issuer}:aud"] == ["sts.amazonaws.com"]
    assert plan["Condition"]["StringEquals"][f"{issuer}:sub"] == [
        "repo:acme/estate:pull_request",
        "repo:acme/estate:environment:production",
    ]
    assert apply["Condition"]["StringEquals"][f"{issuer}:sub"] == [
        "repo:acme/estate:environment:production"
    ]


def test_the_plan_role_of_ci_can_change_nothing(stack: Stack) -> None:
    """It takes the account's plan role and reads state; no other action is granted."""
    granted = statements(stack.at("aws_iam_role_policy", "ci/ci-plan-policy")["policy"])
    assert {sid: (each["Action"], each["Resource"]) for sid, each in granted.items()} == {
        "AssumeStudioRoles": (
            ["sts:AssumeRole"],
            ["arn:aws:iam::222222222222:role/acme-studio-plan"],
        ),
        "ReadState": (
            ["s3:GetObject"],
            ["arn:aws:s3:::acme-state-222222222222-*/*.tfstate"],
        ),
        "FindState": (
            ["s3:ListBucket"],
            ["arn:aws:s3:::acme-state-222222222222-*"],
        ),
    }


def test_without_a_ci_no_account_trusts_one() -> None:
    """Deny by default: an estate that names no CI gets no OIDC provider and no CI role."""
    text = estate_text(1).replace("ci: {repository: acme/estate, environment: production}\n", "")
    for name, stack in synthesized_estate(text).items():
        assert stack.of("aws_iam_openid_connect_provider") == {}, name
        assert not [path for path in stack.of("aws_iam_role") if path.startswith("ci/")], name


def test_regions_outside_the_accounts_jurisdictions_are_denied(stack: Stack) -> None:
    """The CI's roles reach no region of another legal area."""
    policy = stack.at("aws_iam_policy", "regions/policy")["policy"]
    open_ = [
        each.name
        for each in catalogue.regions("aws").values()
        if (each.jurisdiction, each.partition) == ("EU", "aws")
    ]
    assert policy == region_deny_document(open_)
    denial = statements(policy)["RegionsOutsideTheEstate"]
    assert denial["Effect"] == "Deny"
    assert denial["Condition"] == {"StringNotEquals": {"aws:RequestedRegion": sorted(open_)}}
    assert {"us-east-1", "eu-west-2"}.isdisjoint(open_)
    assert not {"s3:*", "ec2:*", "kms:*", "bedrock:*", "*"} & set(denial["NotAction"])
    attached = stack.of("aws_iam_role_policy_attachment")
    bound = {path for path in attached if path.startswith("regions/")}
    assert bound == {"regions/ci-plan", "regions/ci-apply"}


def test_the_trail_is_whole_validated_encrypted_and_locked(stack: Stack) -> None:
    """Every region's management calls go to a locked bucket, digests and encryption on."""
    trail = stack.at("aws_cloudtrail", "trail/trail")
    assert trail["is_multi_region_trail"] is True
    assert trail["enable_log_file_validation"] is True
    assert trail["include_global_service_events"] is True
    assert "aws_kms_key.key_" in trail["kms_key_id"]
    assert trail["lifecycle"] == {"prevent_destroy": True}
    assert stack.at("aws_s3_bucket", "trail/store/store/bucket")["object_lock_enabled"] is True
    lock = stack.at("aws_s3_bucket_object_lock_configuration", "trail/store/lock")
    assert lock["rule"]["default_retention"] == {"days": 365, "mode": "GOVERNANCE"}
    policy = statements(stack.at("aws_s3_bucket_policy", "trail/store/store/policy")["policy"])
    assert policy["NoBypassOfLock"]["Effect"] == "Deny"
    assert "s3:BypassGovernanceRetention" in policy["NoBypassOfLock"]["Action"]
    for sid in ("TrailChecks", "TrailWrites"):
        source = policy[sid]["Condition"]["StringEquals"]["aws:SourceArn"]
        assert source == [f"arn:aws:cloudtrail:eu-west-1:222222222222:trail/{trail['name']}"], sid


def test_every_cis_event_alarms(stack: Stack) -> None:
    """Sections 4.1 to 4.15 of the benchmark each have a filter, and an alarm that notifies."""
    assert [each.control for each in WATCHED] == [f"4.{number}" for number in range(1, 16)]
    for event in WATCHED:
        listed = stack.at("aws_cloudwatch_log_metric_filter", f"alarms/{event.id}-filter")
        alarm = stack.at("aws_cloudwatch_metric_alarm", f"alarms/{event.id}-alarm")
        assert listed["metric_transformation"]["name"] == alarm["metric_name"] == event.id
        assert listed["metric_transformation"]["namespace"] == alarm["namespace"]
        assert "aws_sns_topic.alarms_topic" in alarm["alarm_actions"][0]


def test_the_account_is_closed_by_default(stack: Stack) -> None:
    """No bucket can be public; volumes, snapshots and metadata take the safe default."""
    block = stack.at("aws_s3_account_public_access_block", "account/public-access")
    assert {value for value in block.values() if isinstance(value, bool)} == {True}
    region = "region-eu-west-1"
    assert stack.at("aws_ebs_encryption_by_default", f"{region}/volume-encryption")["enabled"]
    assert "volumes" in stack.at("aws_ebs_default_kms_key", f"{region}/volume-key")["key_arn"]
    snapshots = stack.at("aws_ebs_snapshot_block_public_access", f"{region}/snapshots")
    assert snapshots["state"] == "block-all-sharing"
    metadata = stack.at("aws_ec2_instance_metadata_defaults", f"{region}/instance-metadata")
    assert metadata["http_tokens"] == "required"
    assert stack.at("aws_accessanalyzer_analyzer", f"{region}/analyzer")["type"] == "ACCOUNT"
    password = stack.at("aws_iam_account_password_policy", "account/password-policy")
    assert password["minimum_password_length"] == 14


def test_the_budget_is_the_estates(stack: Stack) -> None:
    """An account with a budget alarms on it; one without has none."""
    budget = stack.at("aws_budgets_budget", "budget/budget")
    assert (budget["limit_amount"], budget["limit_unit"]) == ("4000.00", "USD")
    assert [(each["threshold"], each["notification_type"]) for each in budget["notification"]] == [
        (80, "ACTUAL"),
        (100, "ACTUAL"),
        (100, "FORECASTED"),
    ]
    assert synthesized_estate()["guardrails-retail-us"].of("aws_budgets_budget") == {}


def test_keys_rotate_and_name_their_users(stack: Stack) -> None:
    """Each key rotates, and admits services for this account or this trail alone."""
    for path, key in stack.of("aws_kms_key").items():
        assert key["enable_key_rotation"] is True, path
        for sid, each in statements(key["policy"]).items():
            if sid != "AccountAdministers":
                assert each["Condition"], f"{path}: {sid}"
                assert "222222222222" in json.dumps(each["Condition"]), f"{path}: {sid}"
