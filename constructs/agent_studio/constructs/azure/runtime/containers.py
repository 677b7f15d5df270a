"""The two containers of a replica.

Source: Azure Container Apps, "Containers" and "Health probes in Azure Container Apps".
"""

from collections.abc import Mapping

from cdktf_cdktf_provider_azurerm.container_app import (
    ContainerAppTemplateContainer,
    ContainerAppTemplateContainerEnv,
    ContainerAppTemplateContainerLivenessProbe,
    ContainerAppTemplateContainerStartupProbe,
)

from agent_studio.constructs import telemetry
from agent_studio.constructs.azure.registry import COLLECTOR
from agent_studio.constructs.azure.runtime import sizing
from agent_studio.constructs.azure.runtime.sizing import ContainerSize
from agent_studio.constructs.telemetry import CONFIG_VARIABLE

AGENT = "agent"
"""The container in which agents run, whatever the runtime's name."""

UNRELEASED = "unreleased"
"""The tag that stands in for an image until a release names one by digest."""

AGENT_PORT = 8080
"""Where the agent says that it is healthy."""

HEALTH_PATH = "/healthcheck"

COLLECTOR_PORT = 13133
"""Where the collector says that it is healthy."""

_START_SECONDS, _START_TRIES = 5, 10
_PROBE_SECONDS, _PROBE_TRIES, _PROBE_TIMEOUT = 15, 3, 5


def containers(
    *,
    size: ContainerSize,
    agent_repository: str,
    collector_repository: str,
    environment: Mapping[str, str],
) -> list[ContainerAppTemplateContainer]:
    """Write the containers of a runtime's replica, the agent's first.

    Args:
        size: the agent's size; the collector has its own.
        agent_repository: address of the runtime's image.
        collector_repository: address of the collector's image.
        environment: the agent's variables; they hold no secret.
    """
    return [
        ContainerAppTemplateContainer(
            name=AGENT,
            image=f"{agent_repository}:{UNRELEASED}",
            cpu=size.cpu,
            memory=size.memory,
            env=variables(environment),
            startup_probe=[startup(HEALTH_PATH, AGENT_PORT)],
            liveness_probe=[liveness(HEALTH_PATH, AGENT_PORT)],
        ),
        ContainerAppTemplateContainer(
            name=COLLECTOR,
            image=f"{collector_repository}:{UNRELEASED}",
            cpu=sizing.COLLECTOR.cpu,
            memory=sizing.COLLECTOR.memory,
            args=[f"--config=env:{CONFIG_VARIABLE}"],
            env=variables({CONFIG_VARIABLE: collector_config()}),
            startup_probe=[startup("/", COLLECTOR_PORT)],
            liveness_probe=[liveness("/", COLLECTOR_PORT)],
        ),
    ]


def collector_config() -> str:
    """Write the collector's configuration.

    Everything that arrives is written as lines to the standard output, and so into the cell's
    workspace (opentelemetry-collector-contrib, README of `fileexporter`).
    """
    return telemetry.collector_config(
        exporters={"file": {"path": "/dev/stdout", "format": "json"}},
        pipelines=dict.fromkeys(("metrics", "logs", "traces"), "file"),
        health=f"0.0.0.0:{COLLECTOR_PORT}",
    )


def startup(path: str, port: int) -> ContainerAppTemplateContainerStartupProbe:
    """Give the probe that a container's start is judged by.

    Args:
        path: what is asked for, by HTTP.
        port: the port.
    """
    return ContainerAppTemplateContainerStartupProbe(
        transport="HTTP",
        path=path,
        port=port,
        interval_seconds=_START_SECONDS,
        failure_count_threshold=_START_TRIES,
        timeout=_START_SECONDS,
    )


def liveness(path: str, port: int) -> ContainerAppTemplateContainerLivenessProbe:
    """Give the probe after whose failures a container is started anew.

    Args:
        path: what is asked for, by HTTP.
        port: the port.
    """
    return ContainerAppTemplateContainerLivenessProbe(
        transport="HTTP",
        path=path,
        port=port,
        interval_seconds=_PROBE_SECONDS,
        failure_count_threshold=_PROBE_TRIES,
        timeout=_PROBE_TIMEOUT,
    )


def variables(values: Mapping[str, str]) -> list[ContainerAppTemplateContainerEnv]:
    """Write variables as Container Apps takes them, by name; they hold no secret."""
    return [
        ContainerAppTemplateContainerEnv(name=name, value=values[name]) for name in sorted(values)
    ]
