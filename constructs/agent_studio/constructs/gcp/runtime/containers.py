"""The two containers of an instance.

Source: Cloud Run, "Configure containers", "Configure health checks for services" and "Deploy
multiple containers to a service (sidecars)".
"""

from collections.abc import Mapping

from cdktf_cdktf_provider_google.cloud_run_v2_service import (
    CloudRunV2ServiceTemplateContainers,
    CloudRunV2ServiceTemplateContainersEnv,
    CloudRunV2ServiceTemplateContainersLivenessProbe,
    CloudRunV2ServiceTemplateContainersLivenessProbeHttpGet,
    CloudRunV2ServiceTemplateContainersPorts,
    CloudRunV2ServiceTemplateContainersResources,
    CloudRunV2ServiceTemplateContainersStartupProbe,
    CloudRunV2ServiceTemplateContainersStartupProbeHttpGet,
)

from agent_studio.constructs.gcp.registry import COLLECTOR
from agent_studio.constructs.gcp.runtime import collector
from agent_studio.constructs.gcp.runtime.sizing import ContainerSize
from agent_studio.constructs.telemetry import CONFIG_VARIABLE

AGENT = "agent"
"""The container in which agents run, whatever the runtime's name."""

UNRELEASED = "unreleased"
"""The tag that stands in for an image until a release names one by digest."""

AGENT_PORT = 8080
"""Where the agent takes work and says that it is healthy."""

HEALTH_PATH = "/healthcheck"
WORK_PATH = "/work"

_START_SECONDS, _START_TRIES = 5, 12
_PROBE_SECONDS, _PROBE_TRIES, _PROBE_TIMEOUT = 15, 3, 5


def containers(
    *,
    size: ContainerSize,
    agent_repository: str,
    collector_repository: str,
    environment: Mapping[str, str],
) -> list[CloudRunV2ServiceTemplateContainers]:
    """Write the containers of a runtime's instance, the agent's first.

    The agent starts once the collector is healthy: no agent runs unobserved.

    Args:
        size: the agent's size; the collector has its own.
        agent_repository: address of the runtime's image.
        collector_repository: address of the collector's image.
        environment: the agent's variables; they hold no secret.
    """
    return [
        CloudRunV2ServiceTemplateContainers(
            name=AGENT,
            image=f"{agent_repository}:{UNRELEASED}",
            depends_on=[COLLECTOR],
            ports=CloudRunV2ServiceTemplateContainersPorts(container_port=AGENT_PORT),
            env=variables(environment),
            resources=_resources(size),
            startup_probe=startup(HEALTH_PATH, AGENT_PORT),
            liveness_probe=liveness(HEALTH_PATH, AGENT_PORT),
        ),
        CloudRunV2ServiceTemplateContainers(
            name=COLLECTOR,
            image=f"{collector_repository}:{UNRELEASED}",
            args=[f"--config=env:{CONFIG_VARIABLE}"],
            env=variables({CONFIG_VARIABLE: collector.collector_config()}),
            resources=_resources(collector.SIZE),
            startup_probe=startup("/", collector.HEALTH_PORT),
            liveness_probe=liveness("/", collector.HEALTH_PORT),
        ),
    ]


def _resources(size: ContainerSize) -> CloudRunV2ServiceTemplateContainersResources:
    return CloudRunV2ServiceTemplateContainersResources(
        limits=size.limits,
        # An instance without a request has no work; telemetry is flushed before the answer.
        cpu_idle=True,
        startup_cpu_boost=False,
    )


def startup(path: str, port: int) -> CloudRunV2ServiceTemplateContainersStartupProbe:
    """Write the probe that a container has to answer before it counts as started."""
    return CloudRunV2ServiceTemplateContainersStartupProbe(
        period_seconds=_START_SECONDS,
        failure_threshold=_START_TRIES,
        timeout_seconds=_START_SECONDS,
        http_get=CloudRunV2ServiceTemplateContainersStartupProbeHttpGet(path=path, port=port),
    )


def liveness(path: str, port: int) -> CloudRunV2ServiceTemplateContainersLivenessProbe:
    """Write the probe that a container has to go on answering."""
    return CloudRunV2ServiceTemplateContainersLivenessProbe(
        period_seconds=_PROBE_SECONDS,
        failure_threshold=_PROBE_TRIES,
        timeout_seconds=_PROBE_TIMEOUT,
        http_get=CloudRunV2ServiceTemplateContainersLivenessProbeHttpGet(path=path, port=port),
    )


def variables(values: Mapping[str, str]) -> list[CloudRunV2ServiceTemplateContainersEnv]:
    """Write a container's environment, in the order of its names."""
    return [
        CloudRunV2ServiceTemplateContainersEnv(name=name, value=values[name])
        for name in sorted(values)
    ]
