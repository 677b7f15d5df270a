"""The core's event bus.

Sources: Service Bus, "Service Bus queues, topics, and subscriptions", "Message expiration (time to
live)", "Message browsing" (peeking takes nothing out), "Service Bus quotas" (a topic of Premium
holds 80 GB) and "Monitoring data reference" (the metric `Size`).
"""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.monitor_metric_alert import (
    MonitorMetricAlert,
    MonitorMetricAlertAction,
    MonitorMetricAlertCriteria,
    MonitorMetricAlertCriteriaDimension,
)
from cdktf_cdktf_provider_azurerm.servicebus_subscription import ServicebusSubscription
from cdktf_cdktf_provider_azurerm.servicebus_topic import ServicebusTopic
from constructs import Construct

from agent_studio.constructs.azure.access import QUEUE_SENDER, grant
from agent_studio.constructs.azure.bus import ATTEMPTS, LOCK, CellBus
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.logs.alarms import SEVERITY
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate import Cell
from agent_studio.estate.names import azure as names

EVENTS = "events"
"""The topic's purpose."""

ARCHIVE = "archive"
"""The subscription that keeps every event."""

KEPT = "P365D"
"""How long an event is kept."""

LARGEST_MIB = 81_920
"""The most that a topic holds."""

FULL_BYTES = 64 * 1024**3
"""Four fifths of that: once it is full, nobody can publish."""


class CoreEvents(Construct):
    """The core's topic of events, with an archive for replays.

    Guarantee: events lie in the core's region, encrypted with the operations key, in a namespace
    that answers in the core's network alone. The given identity alone has a role on the topic, and
    that is sending. Each event is kept for a year in the subscription `archive`, which nobody has a
    role on, and can be read there again and again; then it goes. No plan destroys topic or archive.
    An alarm sounds while the topic is fuller than 64 of its 80 GiB.

    Args:
        scope: the core's stack.
        id_: the construct's id.
        cell: the core's view.
        keys: the core's keys.
        publisher: object id of the identity that may publish.
        alarm_id: resource id of the group that hears alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        publisher: str,
        alarm_id: str,
    ) -> None:
        super().__init__(scope, id_)
        kept = TerraformResourceLifecycle(prevent_destroy=True)
        bus = CellBus.of(self, cell=cell, keys=keys)
        topic = ServicebusTopic(
            self,
            "topic",
            name=names.topic(EVENTS),
            namespace_id=bus.namespace_id,
            default_message_ttl=KEPT,
            max_size_in_megabytes=LARGEST_MIB,
            lifecycle=kept,
        )
        ServicebusSubscription(
            self,
            ARCHIVE,
            name=names.topic(ARCHIVE),
            topic_id=topic.id,
            default_message_ttl=KEPT,
            # What ended its year is done with.
            dead_lettering_on_message_expiration=False,
            max_delivery_count=ATTEMPTS,
            lock_duration=LOCK,
            lifecycle=kept,
        )
        self.address: str = f"https://{bus.namespace_name}.servicebus.windows.net/{topic.name}"
        """Where events are published."""
        grant(self, "publishes", role=QUEUE_SENDER, on=topic.id, principal_id=publisher)
        MonitorMetricAlert(
            self,
            "full",
            name=names.label(cell.scope, "events-full"),
            description="The core's topic of events is nearly full; then nobody can publish",
            resource_group_name=CellGroup.of(self, cell=cell).name,
            scopes=[bus.namespace_id],
            severity=SEVERITY,
            enabled=True,
            auto_mitigate=True,
            frequency="PT5M",
            window_size="PT5M",
            criteria=[
                MonitorMetricAlertCriteria(
                    metric_namespace="Microsoft.ServiceBus/namespaces",
                    metric_name="Size",
                    aggregation="Maximum",
                    operator="GreaterThan",
                    threshold=FULL_BYTES,
                    dimension=[
                        MonitorMetricAlertCriteriaDimension(
                            name="EntityName", operator="Include", values=[topic.name]
                        )
                    ],
                )
            ],
            action=[MonitorMetricAlertAction(action_group_id=alarm_id)],
            tags=tags(cell, "events-full"),
        )
