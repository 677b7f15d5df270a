"""ECS: settings of a service that moto drops when it answers.

Source: ECS API Reference, CreateService, UpdateService and the `Service` data type.
"""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, amend

# The request's fields that moto neither keeps nor gives back, with the value where none is asked.
_FIELDS = {
    "availabilityZoneRebalancing": "DISABLED",
    "deploymentConfiguration": None,
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": None,
    "capacityProviderStrategy": None,
    "placementConstraints": None,
    "placementStrategy": None,
}


def _key(cluster: str, service: str) -> str:
    return f"{cluster.rpartition('/')[2]}/{service.rpartition('/')[2]}"


def _complete(service: JSON, store: Store) -> None:
    key = _key(service["clusterArn"], service["serviceArn"])
    kept = store.objects["service"].get(key, {})
    service.update({name: value for name, value in kept.items() if value is not None})


@amend("ecs", "CreateService", "UpdateService")
def remember(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the fields of the request and give them back."""
    body, service = call.json, answer["service"]
    key = _key(service["clusterArn"], service["serviceArn"])
    kept = store.objects["service"].get(key, _FIELDS) if call.operation[0] == "U" else _FIELDS
    store.objects["service"][key] = {name: body.get(name, kept[name]) for name in _FIELDS}
    _complete(service, store)
    return answer


@amend("ecs", "DescribeServices")
def describe(_call: Call, store: Store, answer: JSON) -> JSON:
    """Give the kept fields back."""
    for service in answer.get("services", []):
        _complete(service, store)
    return answer
