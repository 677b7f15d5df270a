"""What an applied cell tells a runtime, and who its cloud says that the runtime is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.estate.model import Cell, Cloud, Runtime
from agent_studio.estate.vault import made_id

State = Mapping[str, Mapping[str, Any]]
"""A stack's resources: address -> values."""

_SERVICES = {
    Cloud.AWS: "aws_ecs_task_definition",
    Cloud.GCP: "google_cloud_run_v2_service",
    Cloud.AZURE: "azurerm_container_app",
}


def environment_of(state: State, cell: Cell, runtime: Runtime) -> dict[str, str]:
    """The variables of a runtime's agent, as they were applied.

    Raises:
        StudioError: the stack holds no such runtime.
    """
    for _, values in _of_type(state, _SERVICES[cell.cloud]):
        for container in _containers(cell.cloud, values):
            listed = container.get("environment") or container.get("env") or []
            found = {each["name"]: each["value"] for each in listed}
            if found.get("STUDIO_RUNTIME") == runtime.name:
                return found
    raise StudioError(f"{cell.stack} holds no runtime {runtime.name}", fix="apply it first")


def subject_of(state: State, cell: Cell, runtime: Runtime) -> str | None:
    """The id that the cloud made up for a runtime; None on AWS, where the role's name tells.

    Raises:
        StudioError: the stack holds no identity of the runtime.
    """
    made = made_id(cell, runtime)
    if made is None:
        return None
    for _, values in _of_type(state, made.type):
        if values.get(made.naming) == made.name:
            return str(values[made.attribute])
    raise StudioError(f"{cell.stack} holds no {made.type} {made.name}", fix="apply it first")


def _of_type(state: State, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return (each for each in state.items() if each[0].startswith(f"{kind}."))


def _containers(cloud: Cloud, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    if cloud is Cloud.AWS:
        found: list[dict[str, Any]] = json.loads(values["container_definitions"])
        return found
    template = values["template"][0]
    containers: list[dict[str, Any]] = (
        template["containers" if cloud is Cloud.GCP else "container"] or []
    )
    return containers
