"""How the table of Google Cloud's arguments is read."""

from agent_studio.policies.facts.arguments import Reading
from agent_studio.policies.facts.gcp.matching import matches

READING = Reading(
    provider="google",
    matches=matches,
    labels=frozenset(
        {
            "labels",
            "user_labels",
            "template.labels",
            "settings.user_labels",
            "lifecycle",
            "timeouts",
        }
    ),
    # The labels of a channel say where alarms go.
    specific={"google_monitoring_notification_channel": {"labels"}},
)
