"""The OpenTelemetry collector beside an agent.

Sources: OpenTelemetry Collector, "Configuration"; opentelemetry-collector-contrib, READMEs of
`awsemfexporter`, `awscloudwatchlogsexporter` and `awsxrayexporter`; AWS Distro for OpenTelemetry,
whose image holds `/healthcheck`.
"""

import json

ENDPOINT = "http://127.0.0.1:4317"
"""Where the agent sends telemetry; containers of a task share the loopback interface."""

MEMORY_MIB = 256
"""The collector's own memory, taken from the task's."""

CPU_UNITS = 64
"""The collector's share of the task's CPU units."""

CONFIG_VARIABLE = "STUDIO_COLLECTOR_CONFIG"
"""The environment variable that holds the configuration."""


def collector_config(*, region: str, log_group: str, runtime: str) -> str:
    """Write the collector's configuration as JSON, which is YAML too.

    Everything that arrives stays in the region: metrics and logs go to the runtime's own log
    group, traces to X-Ray.

    Args:
        region: the cell's region.
        log_group: name of the runtime's log group.
        runtime: the runtime's name.
    """
    own = {"region": region, "log_group_name": log_group}
    config = {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": "127.0.0.1:4317"},
                    "http": {"endpoint": "127.0.0.1:4318"},
                }
            }
        },
        "processors": {
            # Sheds load before the container reaches its limit and takes the task down with it.
            "memory_limiter": {
                "check_interval": "1s",
                "limit_percentage": 80,
                "spike_limit_percentage": 20,
            },
            "batch": {"timeout": "5s", "send_batch_max_size": 1024},
        },
        "exporters": {
            "awsemf": {
                **own,
                "log_stream_name": "metrics/{TaskId}",
                "namespace": f"AgentStudio/{runtime}",
                "resource_to_telemetry_conversion": {"enabled": True},
            },
            "awscloudwatchlogs": {**own, "log_stream_name": "otlp"},
            "awsxray": {"region": region},
        },
        "extensions": {"health_check": {"endpoint": "127.0.0.1:13133"}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                signal: {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "batch"],
                    "exporters": [exporter],
                }
                for signal, exporter in (
                    ("metrics", "awsemf"),
                    ("logs", "awscloudwatchlogs"),
                    ("traces", "awsxray"),
                )
            },
        },
    }
    return json.dumps(config, sort_keys=True, separators=(",", ":"))
