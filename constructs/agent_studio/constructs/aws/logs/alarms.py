"""What raises an alarm, and who hears it."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from constructs import Construct

from agent_studio.constructs.aws.logs.events import SIGNALS
from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

PUBLISHERS = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com")
"""Services that may publish to the topic, for the cell's own account."""


def namespace(cell: Cell) -> str:
    """Give the namespace of the cell's metrics."""
    return f"AgentStudio/{cell.studio}/{cell.id}"


class Alarms(Construct):
    """A filter for each signal and log group, an alarm for each signal, one encrypted topic.

    Args:
        scope: the pipeline.
        id_: the id within the pipeline.
        cell: the cell.
        groups: runtime name -> its log group.
        key_arn: the key that encrypts the topic.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        groups: Mapping[str, CloudwatchLogGroup],
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        topic_name = names.label(place, "alarms", limit=256)
        topic = SnsTopic(
            self, "topic", name=topic_name, kms_master_key_id=key_arn, tags=tags(topic_name)
        )
        self.topic_arn: str = topic.arn
        SnsTopicPolicy(self, "topic-policy", arn=topic.arn, policy=_topic_policy(cell, topic.arn))
        for signal in SIGNALS:
            for runtime, group in groups.items():
                CloudwatchLogMetricFilter(
                    self,
                    f"{signal.id}-{runtime}",
                    name=names.label(place, f"{signal.id}-{runtime}", limit=512),
                    log_group_name=group.name,
                    pattern=signal.pattern,
                    metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                        name=signal.metric, namespace=namespace(cell), value=signal.value
                    ),
                )
            alarm_name = names.label(place, signal.id, limit=255)
            CloudwatchMetricAlarm(
                self,
                signal.id,
                alarm_name=alarm_name,
                alarm_description=f"{signal.title} in {cell.id}",
                namespace=namespace(cell),
                metric_name=signal.metric,
                statistic=signal.statistic,
                period=signal.period_seconds,
                evaluation_periods=1,
                threshold=signal.threshold,
                comparison_operator="GreaterThanOrEqualToThreshold",
                # No events is what a quiet cell looks like.
                treat_missing_data="notBreaching",
                alarm_actions=[topic.arn],
                ok_actions=[topic.arn],
                tags=tags(alarm_name),
            )


def _topic_policy(cell: Cell, topic_arn: str) -> str:
    return document(
        statement(
            "Publish",
            principals={"Service": PUBLISHERS},
            actions="sns:Publish",
            resources=topic_arn,
            condition={"StringEquals": {"aws:SourceAccount": cell.account.id}},
        ),
        statement(
            "DenyPlainHttp",
            effect="Deny",
            principals="*",
            actions="sns:Publish",
            resources=topic_arn,
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
