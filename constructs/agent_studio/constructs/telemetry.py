"""The OpenTelemetry collector beside an agent, as it is configured in every cloud.

Source: OpenTelemetry Collector, "Configuration".
"""

import json
from collections.abc import Mapping
from typing import Any

ENDPOINT = "http://127.0.0.1:4317"
"""Where the agent sends telemetry; a collector shares the loopback interface with its agent."""

CONFIG_VARIABLE = "STUDIO_COLLECTOR_CONFIG"
"""The environment variable that holds the configuration."""


def collector_config(
    *, exporters: Mapping[str, Mapping[str, Any]], pipelines: Mapping[str, str], health: str
) -> str:
    """Write a collector's configuration as JSON, which is YAML too.

    Args:
        exporters: exporter -> its settings.
        pipelines: `metrics`, `logs` or `traces` -> the exporter that takes them.
        health: the address at which the collector says that it is healthy.
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
            # Sheds load before the container reaches its limit and takes the agent down with it.
            "memory_limiter": {
                "check_interval": "1s",
                "limit_percentage": 80,
                "spike_limit_percentage": 20,
            },
            "batch": {"timeout": "5s", "send_batch_max_size": 1024},
        },
        "exporters": {name: dict(settings) for name, settings in exporters.items()},
        "extensions": {"health_check": {"endpoint": health}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                signal: {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "batch"],
                    "exporters": [exporter],
                }
                for signal, exporter in pipelines.items()
            },
        },
    }
    return json.dumps(config, sort_keys=True, separators=(",", ":"))
