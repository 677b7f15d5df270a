"""Which models prompts may go to, and where each deployment processes them.

Source: Azure OpenAI, "Deployment types": a deployment's own says where a prompt is processed.
"""

from collections.abc import Iterator

from agent_studio.estate.catalogue import find_region
from agent_studio.estate.models import UnreadableEndpointError, read_endpoint
from agent_studio.policies.facts.builders import inference
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources

_ANYWHERE = "*"


def models(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every deployment of a model."""
    for deployment in resources.of_type("azurerm_cognitive_deployment"):
        yield _deployed(place, deployment)


def _deployed(place: Place, deployment: Resource) -> Fact:
    kind, model = deployment.get("sku", "name"), deployment.get("model", "name")
    name = f"{kind}/{model}"
    found = _processes_in(place, name)
    return inference(
        deployment.address,
        model=name,
        anywhere=_ANYWHERE in found,
        jurisdictions=found - {_ANYWHERE},
        declared=name in place.models,
    )


def _processes_in(place: Place, name: str) -> frozenset[str]:
    """The legal areas in which a model of a type may process a prompt of this region."""
    region = find_region(f"{place.cloud}/{place.region}")
    try:
        endpoint = read_endpoint(f"azure/{name}")
    except UnreadableEndpointError:
        return frozenset({_ANYWHERE})
    return endpoint.processes_in(region) if region is not None else frozenset({_ANYWHERE})
