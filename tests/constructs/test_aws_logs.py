"""Where a cell's logs go and what raises an alarm, read off the synthesized stack."""

import json

from hypothesis import given
from hypothesis import strategies as st
from support.aws_cells import COLLECTOR, Stack, runtime, statements, synthesized

from agent_studio.constructs.aws.logs.events import SIGNALS
from agent_studio.constructs.aws.logs.retention import log_group_days


def stack() -> Stack:
    """A cell with two runtimes."""
    return synthesized(runtime(), COLLECTOR)


def test_each_runtime_logs_into_its_own_encrypted_group() -> None:
    """Each runtime has a log group under the operations key, kept for a year at least."""
    for name in ("analyst", "collector"):
        group = stack().at("aws_cloudwatch_log_group", f"logs/group-{name}")
        assert group["name"] == f"/acme/cell-aws-eu-west-1-payments-eu/{name}"
        assert group["kms_key_id"].startswith("${aws_kms_key.keys_operations_")
        assert group["retention_in_days"] >= 365


def test_every_line_goes_to_the_locked_archive() -> None:
    """Each log group feeds the encrypted stream unfiltered; the stream writes to the archive."""
    feeds = stack().of("aws_cloudwatch_log_subscription_filter")
    assert set(feeds) == {"logs/feed-analyst", "logs/feed-collector"}
    assert {each["filter_pattern"] for each in feeds.values()} == {""}
    stream = stack().at("aws_kinesis_firehose_delivery_stream", "logs/archive/stream")
    assert stream["server_side_encryption"]["key_type"] == "CUSTOMER_MANAGED_CMK"
    archive = stack().at("aws_s3_bucket", "logs/archive/store/store/bucket")["bucket"]
    assert stream["extended_s3_configuration"]["bucket_arn"] == f"arn:aws:s3:::{archive}"
    assert any("object_lock_configuration" in each for each in stream["depends_on"])


def test_the_streams_roles_answer_to_this_account_alone() -> None:
    """Firehose and CloudWatch Logs may take on their roles for this account's resources alone."""
    for path in ("logs/archive/role", "logs/archive/feed-role"):
        trust = statements(stack().at("aws_iam_role", path)["assume_role_policy"])["Assume"]
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ["222222222222"]}
        assert "aws:SourceArn" in trust["Condition"]["ArnLike"]


def test_denials_burn_and_kills_raise_alarms() -> None:
    """Each signal is read from every runtime's log and sounds an alarm on the cell's topic."""
    patterns = {
        path.partition("/")[2]: each["pattern"]
        for path, each in stack().of("aws_cloudwatch_log_metric_filter").items()
    }
    assert patterns == {
        f"alarms/{id_}-{runtime_name}": f'{{ $.event = "{event}" }}'
        for id_, event in (
            ("policy-denials", "policy.denied"),
            ("budget-burn", "budget.burn"),
            ("kills", "agent.killed"),
        )
        for runtime_name in ("analyst", "collector")
    }
    for signal in SIGNALS:
        alarm = stack().at("aws_cloudwatch_metric_alarm", f"logs/alarms/{signal.id}")
        (action,) = alarm["alarm_actions"]
        assert action.startswith("${aws_sns_topic.logs_alarms_topic_")
        assert alarm["namespace"] == "AgentStudio/acme/aws-eu-west-1-payments-eu"


def test_filters_and_alarms_agree() -> None:
    """The metric that each filter writes is one that an alarm reads, in the same namespace."""
    written = {
        (each["metric_transformation"]["namespace"], each["metric_transformation"]["name"])
        for each in stack().of("aws_cloudwatch_log_metric_filter").values()
    }
    read = {
        (each["namespace"], each["metric_name"])
        for path, each in stack().of("aws_cloudwatch_metric_alarm").items()
        if path.startswith("logs/")
    }
    assert written == read


def test_the_budget_alarm_reads_the_fraction_of_the_event() -> None:
    """Budget burn is measured by the event's own `budget_fraction`, at 80% of the day's budget."""
    found = stack().at("aws_cloudwatch_log_metric_filter", "logs/alarms/budget-burn-analyst")
    assert found["metric_transformation"]["value"] == "$.budget_fraction"
    alarm = stack().at("aws_cloudwatch_metric_alarm", "logs/alarms/budget-burn")
    assert (alarm["statistic"], alarm["threshold"]) == ("Maximum", 0.8)


def test_the_alarm_topic_is_encrypted_and_takes_the_accounts_alarms_alone() -> None:
    """Only services acting for this account publish, over TLS, to a topic under the cell's key."""
    topic = stack().at("aws_sns_topic", "logs/alarms/topic")
    assert topic["kms_master_key_id"].startswith("${aws_kms_key.keys_operations_")
    policy = statements(stack().at("aws_sns_topic_policy", "logs/alarms/topic-policy")["policy"])
    assert policy["Publish"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ["222222222222"]}
    }
    assert policy["DenyPlainHttp"]["Effect"] == "Deny"


def test_the_dashboard_shows_every_signal() -> None:
    """The cell's dashboard graphs each signal and lays no graph over another."""
    body = json.loads(stack().at("aws_cloudwatch_dashboard", "logs/dashboard")["dashboard_body"])
    titles = [each["properties"]["title"] for each in body["widgets"]]
    assert titles[:3] == [signal.title for signal in SIGNALS]
    assert len({(each["x"], each["y"]) for each in body["widgets"]}) == len(titles)


@given(st.integers(min_value=1, max_value=3653))
def test_a_log_group_is_kept_no_shorter_than_asked(days: int) -> None:
    """Any retention becomes a term that CloudWatch Logs takes, never a shorter one."""
    assert log_group_days(days) >= days
