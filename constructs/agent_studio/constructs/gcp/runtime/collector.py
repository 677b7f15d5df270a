"""The OpenTelemetry collector beside an agent on Cloud Run.

Source: opentelemetry-collector-contrib, README of `fileexporter`.
"""

from agent_studio.constructs import telemetry
from agent_studio.constructs.gcp.runtime.sizing import ContainerSize

SIZE = ContainerSize(cpu=1, memory=512)
"""The collector's own; Cloud Run's second generation gives a container no less."""

HEALTH_PORT = 13133
"""Where the collector says that it is healthy; Cloud Run asks from outside of the container."""


def collector_config() -> str:
    """Write the collector's configuration.

    Everything that arrives is written as lines to the standard output, and so into the runtime's
    log bucket in the region. Cloud Monitoring and Cloud Trace would keep metrics and traces in no
    region that a cell could choose.
    """
    return telemetry.collector_config(
        exporters={"file": {"path": "/dev/stdout", "format": "json"}},
        pipelines=dict.fromkeys(("metrics", "logs", "traces"), "file"),
        health=f"0.0.0.0:{HEALTH_PORT}",
    )
