"""Facts: what a stack would have stand or happen, read from the stack and from its plan."""

from collections.abc import Callable, Iterator, Mapping

from agent_studio.estate import Cloud
from agent_studio.policies.facts import aws, azure, gcp, vault
from agent_studio.policies.facts.locations import locations
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place, place_of
from agent_studio.policies.facts.resources import Resource, Resources

__all__ = ["Action", "Fact", "Place", "Resource", "Resources", "facts_of", "place_of"]

_OF_CLOUD: Mapping[Cloud, Callable[[Resources, Place], Iterator[Fact]]] = {
    Cloud.AWS: aws.facts,
    Cloud.GCP: gcp.facts,
    Cloud.AZURE: azure.facts,
}


def facts_of(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every fact that decisions need.

    Args:
        resources: the stack's resources.
        place: the stack as the estate declares it: names are recognized by it.
    """
    yield from locations(resources, place)
    yield from _OF_CLOUD[place.cloud](resources, place)
    yield from vault.facts(resources, place)
