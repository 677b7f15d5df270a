"""The OpenTelemetry collector in a task on Fargate.

Sources: opentelemetry-collector-contrib, READMEs of `awsemfexporter`, `awscloudwatchlogsexporter`
and `awsxrayexporter`; AWS Distro for OpenTelemetry, whose image holds `/healthcheck`.
"""

from agent_studio.constructs import telemetry

MEMORY_MIB = 256
"""The collector's own memory, taken from the task's."""

CPU_UNITS = 64
"""The collector's share of the task's CPU units."""


def collector_config(*, region: str, log_group: str, runtime: str) -> str:
    """Write the collector's configuration.

    Everything that arrives stays in the region: metrics and logs go to the runtime's own log
    group, traces to X-Ray.

    Args:
        region: the cell's region.
        log_group: name of the runtime's log group.
        runtime: the runtime's name.
    """
    own = {"region": region, "log_group_name": log_group}
    return telemetry.collector_config(
        exporters={
            "awsemf": {
                **own,
                "log_stream_name": "metrics/{TaskId}",
                "namespace": f"AgentStudio/{runtime}",
                "resource_to_telemetry_conversion": {"enabled": True},
            },
            "awscloudwatchlogs": {**own, "log_stream_name": "otlp"},
            "awsxray": {"region": region},
        },
        pipelines={"metrics": "awsemf", "logs": "awscloudwatchlogs", "traces": "awsxray"},
        health="127.0.0.1:13133",
    )
