"""Scaling between no instance and the profile's ceiling, by the depth of the work queue.

Target tracking cannot leave zero (a backlog per instance is undefined without one), so steps add
instances while messages wait, and all go once nothing has been waiting or in work for a while.

Sources: Application Auto Scaling User Guide, "Step scaling policies"; SQS Developer Guide,
"Available CloudWatch metrics for Amazon SQS" (published each minute while a queue is active).
"""

import math

from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyStepScalingPolicyConfiguration,
    AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Cell, Runtime
from agent_studio.estate.names import aws as names

IDLE_MINUTES = 10
"""Minutes without a message waiting or in work, after which every instance goes."""

_PERIOD_SECONDS = 60
_COOLDOWN_SECONDS = 60
_ALARM_NAME_LIMIT = 255
_NAMESPACE = "AWS/SQS"


class QueueScaling(Construct):
    """Instances follow the work queue, from none to the profile's ceiling and back to none.

    Args:
        scope: the runtime.
        id_: the construct's id within it.
        cell: where the runtime lies.
        runtime: its profile.
        cluster_name: name of the cell's cluster.
        service_name: name of the runtime's service.
        queue_name: name of its work queue.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        runtime: Runtime,
        cluster_name: str,
        service_name: str,
        queue_name: str,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        self._queue_name = queue_name
        label = names.label(place, f"{runtime.name}-instances")
        self._target = AppautoscalingTarget(
            self,
            "target",
            min_capacity=0,
            max_capacity=runtime.max_instances,
            resource_id=f"service/{cluster_name}/{service_name}",
            scalable_dimension="ecs:service:DesiredCount",
            service_namespace="ecs",
            tags=tags(label),
        )
        out = self._policy(
            "scale-out",
            name=names.label(place, f"{runtime.name}-scale-out"),
            adjustment="ChangeInCapacity",
            steps=scale_out_steps(runtime.max_instances),
        )
        idle = self._policy(
            "scale-to-zero",
            name=names.label(place, f"{runtime.name}-scale-to-zero"),
            adjustment="ExactCapacity",
            steps=[_step(None, 0, to=0)],
        )
        backlog_name = names.label(place, f"{runtime.name}-backlog", limit=_ALARM_NAME_LIMIT)
        CloudwatchMetricAlarm(
            self,
            "backlog",
            alarm_name=backlog_name,
            alarm_description=f"Work waits for {runtime.name}: adds instances.",
            namespace=_NAMESPACE,
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue_name},
            statistic="Maximum",
            period=_PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[out.arn],
            tags=tags(backlog_name),
        )
        idle_name = names.label(place, f"{runtime.name}-idle", limit=_ALARM_NAME_LIMIT)
        CloudwatchMetricAlarm(
            self,
            "idle",
            alarm_name=idle_name,
            alarm_description=f"Nothing waits or is in work for {runtime.name}: ends instances.",
            evaluation_periods=IDLE_MINUTES,
            # Below one, not at most zero: a value at the threshold itself is in no lower step.
            threshold=1,
            comparison_operator="LessThanThreshold",
            # A gap in the measurements is no proof that nobody works.
            treat_missing_data="ignore",
            metric_query=[
                CloudwatchMetricAlarmMetricQuery(
                    id="outstanding",
                    expression="waiting + working",
                    label="Messages waiting or in work",
                    return_data=True,
                ),
                self._count("waiting", "ApproximateNumberOfMessagesVisible"),
                self._count("working", "ApproximateNumberOfMessagesNotVisible"),
            ],
            alarm_actions=[idle.arn],
            tags=tags(idle_name),
        )

    def _policy(
        self,
        id_: str,
        *,
        name: str,
        adjustment: str,
        steps: list[AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment],
    ) -> AppautoscalingPolicy:
        return AppautoscalingPolicy(
            self,
            id_,
            name=name,
            policy_type="StepScaling",
            resource_id=self._target.resource_id,
            scalable_dimension=self._target.scalable_dimension,
            service_namespace=self._target.service_namespace,
            step_scaling_policy_configuration=AppautoscalingPolicyStepScalingPolicyConfiguration(
                adjustment_type=adjustment,
                cooldown=_COOLDOWN_SECONDS,
                metric_aggregation_type="Maximum",
                step_adjustment=steps,
            ),
        )

    def _count(self, id_: str, metric: str) -> CloudwatchMetricAlarmMetricQuery:
        return CloudwatchMetricAlarmMetricQuery(
            id=id_,
            return_data=False,
            metric=CloudwatchMetricAlarmMetricQueryMetric(
                namespace=_NAMESPACE,
                metric_name=metric,
                dimensions={"QueueName": self._queue_name},
                stat="Maximum",
                period=_PERIOD_SECONDS,
            ),
        )


def scale_out_steps(
    ceiling: int,
) -> list[AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment]:
    """Give the steps: one instance for a message, a quarter of the ceiling for ten, all for 100.

    Args:
        ceiling: the most instances that there may be.

    Returns:
        Steps that cover every depth from one message on, with bounds relative to the alarm's one.
    """
    if ceiling == 1:
        return [_step(0, None, to=1)]
    return [_step(0, 9, to=1), _step(9, 99, to=math.ceil(ceiling / 4)), _step(99, None, to=ceiling)]


def _step(
    lower: int | None, upper: int | None, *, to: int
) -> AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment:
    return AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment(
        metric_interval_lower_bound=None if lower is None else str(lower),
        metric_interval_upper_bound=None if upper is None else str(upper),
        scaling_adjustment=to,
    )
