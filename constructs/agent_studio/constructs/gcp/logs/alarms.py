"""What raises an alarm, and who hears it.

Sources: Cloud Logging, "Overview of log-based metrics" (they count entries that are excluded from
storage, too); Cloud Monitoring, "Create and manage notification channels" (Pub/Sub channels and the
agent that publishes).
"""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.logging_metric import (
    LoggingMetric,
    LoggingMetricBucketOptions,
    LoggingMetricBucketOptionsLinearBuckets,
    LoggingMetricMetricDescriptor,
)
from cdktf_cdktf_provider_google.monitoring_alert_policy import (
    MonitoringAlertPolicy,
    MonitoringAlertPolicyConditions,
    MonitoringAlertPolicyConditionsConditionThreshold,
    MonitoringAlertPolicyConditionsConditionThresholdAggregations,
)
from cdktf_cdktf_provider_google.monitoring_notification_channel import (
    MonitoringNotificationChannel,
)
from constructs import Construct

from agent_studio.constructs.events import EVENT
from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.logs import filters
from agent_studio.constructs.gcp.logs.events import SIGNALS, Signal
from agent_studio.constructs.gcp.queue import Topic
from agent_studio.estate.model import Cell
from agent_studio.estate.names import gcp as names


def metric_type(cell: Cell, signal: Signal) -> str:
    """Give the type of a signal's metric, as Cloud Monitoring names it."""
    return f"logging.googleapis.com/user/{names.label(cell.scope, signal.id)}"


class Alarms(Construct):
    """A metric and an alarm for each signal, and one encrypted topic that hears them.

    Args:
        scope: the pipeline.
        id_: the id within the pipeline.
        cell: the cell.
        key_id: the key that encrypts the topic.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, key_id: str) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        # Cloud Monitoring publishes from wherever it runs: refused, an alarm would be lost.
        topic = Topic(self, "topic", place=place, purpose="alarms", key_id=key_id, in_transit=False)
        topic.admit_publisher(service_agents.agent(self, place, "monitoring-notification"))
        self.topic_id = topic.id
        channel = MonitoringNotificationChannel(
            self,
            "channel",
            display_name=f"Alarms of {cell.id}",
            type="pubsub",
            labels={"topic": topic.id},
            user_labels=labels("alarms"),
        )
        self.channel_id: str = channel.name
        for signal in SIGNALS:
            metric = _metric(self, cell=cell, signal=signal)
            add_alarm(
                self,
                signal.id,
                title=f"{signal.title} in {cell.id}",
                series=(
                    f'metric.type="{metric_type(cell, signal)}"'
                    ' AND resource.type="cloud_run_revision"'
                ),
                above=signal.above,
                period_seconds=signal.period_seconds,
                aligner="ALIGN_DELTA" if signal.field is None else "ALIGN_PERCENTILE_99",
                reducer="REDUCE_SUM" if signal.field is None else "REDUCE_MAX",
                channel_id=self.channel_id,
                after=[metric],
            )


def add_alarm(
    scope: Construct,
    id_: str,
    *,
    title: str,
    series: str,
    above: float,
    period_seconds: int,
    aligner: str,
    reducer: str,
    channel_id: str,
    after: Sequence[LoggingMetric] = (),
) -> MonitoringAlertPolicy:
    """Add an alarm on a measurement that a channel hears.

    Args:
        scope: the construct that owns it.
        id_: its id.
        title: what a person reads.
        series: the filter of its time series.
        above: it sounds above this value.
        period_seconds: over which the values of a series are summed up, at least 60.
        aligner: how the values of a period are summed up.
        reducer: how the series are summed up.
        channel_id: the channel.
        after: what has to exist first.
    """
    return MonitoringAlertPolicy(
        scope,
        id_,
        display_name=title,
        combiner="OR",
        enabled=True,
        notification_channels=[channel_id],
        conditions=[
            MonitoringAlertPolicyConditions(
                display_name=title,
                condition_threshold=MonitoringAlertPolicyConditionsConditionThreshold(
                    filter=series,
                    comparison="COMPARISON_GT",
                    threshold_value=above,
                    duration="0s",
                    aggregations=[
                        MonitoringAlertPolicyConditionsConditionThresholdAggregations(
                            alignment_period=f"{period_seconds}s",
                            per_series_aligner=aligner,
                            cross_series_reducer=reducer,
                        )
                    ],
                ),
            )
        ],
        user_labels=labels(id_),
        depends_on=list(after) or None,
    )


def _metric(scope: Construct, *, cell: Cell, signal: Signal) -> LoggingMetric:
    counted = signal.field is None
    return LoggingMetric(
        scope,
        f"{signal.id}-metric",
        name=names.label(cell.scope, signal.id),
        description=f"{signal.title} in {cell.id}",
        filter=f'{filters.of_runtimes(cell)} AND jsonPayload.{EVENT}="{signal.event}"',
        metric_descriptor=LoggingMetricMetricDescriptor(
            metric_kind="DELTA",
            value_type="INT64" if counted else "DISTRIBUTION",
            unit="1",
            display_name=signal.title,
        ),
        value_extractor=None if counted else f"EXTRACT(jsonPayload.{signal.field})",
        bucket_options=(
            None
            if counted
            else LoggingMetricBucketOptions(
                # Bounds halfway between twentieths, so that a full twentieth lies inside a bucket.
                linear_buckets=LoggingMetricBucketOptionsLinearBuckets(
                    num_finite_buckets=40, offset=-0.025, width=0.05
                )
            )
        ),
    )
