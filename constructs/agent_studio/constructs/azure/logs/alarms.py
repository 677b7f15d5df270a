"""What raises an alarm, and who hears it.

Sources: Azure Monitor, "Create or edit a log search alert rule", "Action groups" (a group that
lies in no region may be processed in any; what it is told names the cell, and no data).
"""

from cdktf_cdktf_provider_azurerm.monitor_action_group import (
    MonitorActionGroup,
    MonitorActionGroupArmRoleReceiver,
)
from cdktf_cdktf_provider_azurerm.monitor_metric_alert import (
    MonitorMetricAlert,
    MonitorMetricAlertAction,
    MonitorMetricAlertCriteria,
    MonitorMetricAlertCriteriaDimension,
)
from cdktf_cdktf_provider_azurerm.monitor_scheduled_query_rules_alert_v2 import (
    MonitorScheduledQueryRulesAlertV2,
    MonitorScheduledQueryRulesAlertV2Action,
    MonitorScheduledQueryRulesAlertV2Criteria,
)
from constructs import Construct

from agent_studio.constructs.azure.bus import Queue
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.logs import queries
from agent_studio.constructs.azure.logs.events import SIGNALS, Signal
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import CellWorkspace
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

LISTENER_ROLE = "749f88d5-cbae-40b8-bcfc-e573ddc772fa"
"""Whoever holds this role on the subscription is told: Monitoring Contributor (Azure RBAC,
"Azure built-in roles")."""

SEVERITY = 1
"""Error, of 0 (critical) to 4 (verbose)."""

_SHORT_NAME_LIMIT = 12


class Alarms(Construct):
    """An alarm for each signal of the runtimes, and the group that hears them.

    Args:
        scope: the pipeline.
        id_: the id within the pipeline.
        cell: the cell.
        workspace: where the runtimes log.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, workspace: CellWorkspace) -> None:
        super().__init__(scope, id_)
        self._cell = cell
        self._workspace = workspace
        self._group = CellGroup.of(self, cell=cell).name
        group = MonitorActionGroup(
            self,
            "group",
            name=names.label(cell.scope, "alarms"),
            short_name=cell.studio[:_SHORT_NAME_LIMIT],
            resource_group_name=self._group,
            location="global",
            enabled=True,
            arm_role_receiver=[
                MonitorActionGroupArmRoleReceiver(
                    name="monitoring", role_id=LISTENER_ROLE, use_common_alert_schema=True
                )
            ],
            tags=tags(cell, "alarms"),
        )
        self.group_id: str = group.id
        """Resource id of the group that alarms go to."""
        for signal in SIGNALS:
            self._add(signal)

    def _add(self, signal: Signal) -> None:
        counted = signal.field is None
        MonitorScheduledQueryRulesAlertV2(
            self,
            signal.id,
            name=names.label(self._cell.scope, signal.id),
            display_name=f"{signal.title} in {self._cell.id}",
            location=self._cell.region.name,
            resource_group_name=self._group,
            scopes=[self._workspace.workspace_id],
            severity=SEVERITY,
            enabled=True,
            evaluation_frequency=_minutes(signal.period_seconds),
            window_duration=_minutes(signal.period_seconds),
            auto_mitigation_enabled=True,
            # The tables are made with the first line that is logged.
            skip_query_validation=True,
            criteria=[
                MonitorScheduledQueryRulesAlertV2Criteria(
                    query=queries.of_signal(signal),
                    operator="GreaterThan",
                    threshold=signal.above,
                    time_aggregation_method="Count" if counted else "Maximum",
                    metric_measure_column=None if counted else queries.VALUE,
                )
            ],
            action=MonitorScheduledQueryRulesAlertV2Action(action_groups=[self.group_id]),
            tags=tags(self._cell, signal.id),
        )


def add_dead_letter_alarm(
    scope: Construct, id_: str, *, cell: Cell, title: str, queue: Queue, group_id: str
) -> MonitorMetricAlert:
    """Add an alarm that sounds as long as a queue holds dead letters.

    Args:
        scope: the construct that owns it.
        id_: its id.
        cell: the cell.
        title: what a person reads.
        queue: the queue.
        group_id: who hears it.
    """
    return MonitorMetricAlert(
        scope,
        id_,
        name=names.label(cell.scope, f"dead-{scope.node.id}"),
        description=title,
        resource_group_name=CellGroup.of(scope, cell=cell).name,
        scopes=[queue.namespace_id],
        severity=SEVERITY,
        enabled=True,
        auto_mitigate=True,
        frequency="PT1M",
        window_size="PT1M",
        criteria=[
            MonitorMetricAlertCriteria(
                metric_namespace="Microsoft.ServiceBus/namespaces",
                metric_name="DeadletteredMessages",
                aggregation="Maximum",
                operator="GreaterThan",
                threshold=0,
                dimension=[
                    MonitorMetricAlertCriteriaDimension(
                        name="EntityName", operator="Include", values=[queue.name]
                    )
                ],
            )
        ],
        action=[MonitorMetricAlertAction(action_group_id=group_id)],
        tags=tags(cell, id_),
    )


def _minutes(seconds: int) -> str:
    """Write a period as ISO 8601 does.

    >>> _minutes(300)
    'PT5M'
    """
    return f"PT{seconds // 60}M"
