"""What runtimes are told of Vault, held to what the estate says of each."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.estate.vault import VARIABLE
from agent_studio.policies.facts.builders import undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed

_RUNTIME = "STUDIO_RUNTIME"


def told(resources: Resources, place: Place) -> Iterator[Fact]:
    """Runtimes on AWS and Google Cloud that are told of another's place, key or login.

    On Azure every variable of an app is held to the estate (`facts.azure.workloads`).
    """
    expected = place.in_vault.told if place.in_vault is not None else {}
    for resource in resources.of_type("aws_ecs_task_definition", "google_cloud_run_v2_service"):
        for variables in _environments(resource):
            found = variables.get(VARIABLE)
            if found is not None and found != expected.get(str(variables.get(_RUNTIME))):
                yield undecided(resource.address, f"what the agent does with {VARIABLE} as it is")


def _environments(resource: Resource) -> Iterator[Mapping[str, Any]]:
    for container in _containers(resource):
        if isinstance(container, Mapping):
            variables = listed(container.get("environment") or container.get("env"))
            yield {
                str(each.get("name")): each.get("value")
                for each in variables
                if isinstance(each, Mapping)
            }


def _containers(resource: Resource) -> list[Any]:
    if resource.type == "google_cloud_run_v2_service":
        return listed(resource.get("template", "containers"))
    try:
        return listed(json.loads(str(resource.values.get("container_definitions"))))
    except ValueError:
        # What can't be read is denied as a whole, elsewhere.
        return []
