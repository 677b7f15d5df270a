"""The two containers of a task.

Source: ECS Developer Guide, "Amazon ECS task definition parameters for Fargate" (capabilities,
ulimits, volumes, health checks, stop timeout) and "Send Amazon ECS logs to CloudWatch".
"""

import json
from collections.abc import Mapping

from agent_studio.constructs.aws.identity.grants import COLLECTOR
from agent_studio.constructs.aws.runtime import collector
from agent_studio.constructs.aws.runtime.sizing import TaskSize
from agent_studio.constructs.telemetry import CONFIG_VARIABLE

AGENT = "agent"
"""The container in which agents run, whatever the runtime's name."""

UNRELEASED = "unreleased"
"""The tag that stands in for an image until a release names one by digest."""

SCRATCH = "tmp"
"""The task's volume at /tmp, on the task's own encrypted disk; it ends with the task."""

_USER = "10001:10001"
_OPEN_FILES = 16_384
_STOP_SECONDS = 120  # the longest that Fargate waits between SIGTERM and SIGKILL
_HEALTH_CHECK: dict[str, object] = {
    "command": ["CMD", "/healthcheck"],
    "interval": 15,
    "timeout": 5,
    "retries": 3,
    "startPeriod": 60,
}


def container_definitions(
    *,
    size: TaskSize,
    agent_repository: str,
    collector_repository: str,
    environment: Mapping[str, str],
    collector_config: str,
    region: str,
    log_group: str,
) -> str:
    """Write the containers of a runtime's task.

    Both run as one unprivileged user without any capability on a file system that they cannot
    write, but for /tmp. The agent starts once the collector is healthy and both end together: no
    agent runs unobserved.

    Args:
        size: the task's size; the collector takes its small share from it.
        agent_repository: address of the runtime's repository.
        collector_repository: address of the collector's repository.
        environment: the agent's variables; they hold no secret.
        collector_config: the collector's configuration.
        region: the cell's region.
        log_group: name of the runtime's log group.
    """
    agent = {
        **_confined(AGENT, region=region, log_group=log_group),
        "image": f"{agent_repository}:{UNRELEASED}",
        "cpu": size.cpu - collector.CPU_UNITS,
        "memory": size.memory - collector.MEMORY_MIB,
        "environment": _variables(environment),
        "dependsOn": [{"containerName": COLLECTOR, "condition": "HEALTHY"}],
    }
    beside = {
        **_confined(COLLECTOR, region=region, log_group=log_group),
        "image": f"{collector_repository}:{UNRELEASED}",
        "cpu": collector.CPU_UNITS,
        "memory": collector.MEMORY_MIB,
        "command": [f"--config=env:{CONFIG_VARIABLE}"],
        "environment": _variables({CONFIG_VARIABLE: collector_config}),
    }
    return json.dumps([agent, beside], sort_keys=True, separators=(",", ":"))


def _confined(name: str, *, region: str, log_group: str) -> dict[str, object]:
    return {
        "name": name,
        "essential": True,
        "user": _USER,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "capabilities": {"drop": ["ALL"]},
            "initProcessEnabled": True,
        },
        # The one limit that Fargate lets a task set.
        "ulimits": [{"name": "nofile", "softLimit": _OPEN_FILES, "hardLimit": _OPEN_FILES}],
        "mountPoints": [{"sourceVolume": SCRATCH, "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
        "healthCheck": _HEALTH_CHECK,
        "stopTimeout": _STOP_SECONDS,
        # awslogs needs no third container with a writable file system, as FireLens would. Without
        # blocking, a slow or unreachable CloudWatch costs log lines, never the agent's progress;
        # what must not be lost goes to the mailbox's event queue.
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": name,
                "mode": "non-blocking",
                "max-buffer-size": "8m",
            },
        },
    }


def _variables(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": values[name]} for name in sorted(values)]
