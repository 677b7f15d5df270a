"""The OpenTelemetry collector beside an agent.

Sources: OpenTelemetry Collector, "Configuration"; opentelemetry-collector-contrib, README of
`fileexporter`.
"""

import json

from agent_studio.constructs.gcp.runtime.sizing import ContainerSize

ENDPOINT = "http://127.0.0.1:4317"
"""Where the agent sends telemetry; containers of an instance share the loopback interface."""

SIZE = ContainerSize(cpu=1, memory=512)
"""The collector's own; Cloud Run's second generation gives a container no less."""

HEALTH_PORT = 13133
"""Where the collector says that it is healthy; Cloud Run asks from outside of the container."""

CONFIG_VARIABLE = "STUDIO_COLLECTOR_CONFIG"
"""The environment variable that holds the configuration."""


def collector_config() -> str:
    """Write the collector's configuration as JSON, which is YAML too.

    Everything that arrives is written as lines to the standard output, and so into the runtime's
    log bucket in the region. Cloud Monitoring and Cloud Trace would keep metrics and traces in no
    region that a cell could choose.
    """
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
            # Sheds load before the container reaches its limit and takes the instance down.
            "memory_limiter": {
                "check_interval": "1s",
                "limit_percentage": 80,
                "spike_limit_percentage": 20,
            },
            "batch": {"timeout": "5s", "send_batch_max_size": 1024},
        },
        "exporters": {"file": {"path": "/dev/stdout", "format": "json"}},
        "extensions": {"health_check": {"endpoint": f"0.0.0.0:{HEALTH_PORT}"}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                signal: {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "batch"],
                    "exporters": ["file"],
                }
                for signal in ("metrics", "logs", "traces")
            },
        },
    }
    return json.dumps(config, sort_keys=True, separators=(",", ":"))
