"""What Azure Policy forbids in a subscription, and whether it does.

Source: Azure Policy, "Azure Policy built-in policy definitions".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.builders import provision, undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import block, document, listed

LOCATIONS: Mapping[str, str] = {
    "e56962a6-4747-49cd-b67b-bf8b01975c4c": "resources",
    "e765b5de-1225-4ba3-bd56-1ac6695af988": "resource groups",
}
"""Definitions that keep something in regions -> what; both take `listOfAllowedLocations`."""

DENIED: Mapping[str, str] = {
    "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53": "key vaults that forget what is deleted",
    "4fa4b6c0-31ca-4c0d-b10d-24b96f62a751": "storage accounts with public blobs",
    "8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54": "storage accounts with shared keys",
    "dc921057-6b28-4fbe-9b83-f7bec05db6c2": "registries with an administrator's password",
}
"""Definitions that forbid something -> what; each takes `effect`."""

_BUILT_IN = "/providers/Microsoft.Authorization/policyDefinitions/"
_GUARDRAILS = "guardrails"


def policies(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every assignment, and for guardrails every one that is not there."""
    assigned: set[str] = set()
    for resource in resources.of_type("azurerm_subscription_policy_assignment"):
        definition = str(resource.values.get("policy_definition_id")).removeprefix(_BUILT_IN)
        assigned.add(definition)
        parameters = document(resource.values.get("parameters")) or {}
        if definition in LOCATIONS and set(parameters) == {"listOfAllowedLocations"}:
            yield from _places(place, resource, parameters["listOfAllowedLocations"])
        elif definition in DENIED and set(parameters) == {"effect"}:
            effect = block(parameters["effect"]).get("value")
            if effect != "Deny":
                what = f"what forbids {DENIED[definition]}, where the effect is {effect}"
                yield undecided(resource.address, what)
        else:
            yield undecided(resource.address, f"what the policy {definition} does so")
    if place.layer == _GUARDRAILS:
        yield from _lacking(assigned)


def _places(place: Place, resource: Resource, parameter: Any) -> Iterator[Fact]:
    found = [str(each) for each in listed(block(parameter).get("value"))]
    if not found:
        yield undecided(resource.address, "which regions the policy leaves open")
    for region in found:
        if not place.leaves_open(region):
            yield provision(resource.address, kind="whatever is made later", region=region)


def _lacking(assigned: set[str]) -> Iterator[Fact]:
    for definition, what in LOCATIONS.items():
        if definition not in assigned:
            yield provision("terraform", kind=what, region="any region: no policy keeps them")
    for definition, what in DENIED.items():
        if definition not in assigned:
            yield undecided("terraform", f"what keeps {what} out of the subscription")
