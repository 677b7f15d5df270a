"""Facts: what a stack would have stand or happen, read from the stack and from its plan."""

from collections.abc import Iterator

from agent_studio.policies.facts.grants import grants
from agent_studio.policies.facts.locations import locations
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.models import models
from agent_studio.policies.facts.movements import movements
from agent_studio.policies.facts.network import network
from agent_studio.policies.facts.place import Place, place_of
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.secrets import secrets
from agent_studio.policies.facts.sites import sites
from agent_studio.policies.facts.stores import stores

__all__ = ["Action", "Fact", "Place", "Resource", "Resources", "facts_of", "place_of"]


def facts_of(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every fact that decisions need.

    Args:
        resources: the stack's resources.
        place: the stack as the estate declares it: names are recognized by it.
    """
    yield from locations(resources, place)
    yield from sites(resources)
    yield from grants(resources, place)
    yield from models(resources, place)
    yield from stores(resources, place)
    yield from movements(resources, place)
    yield from secrets(resources, place)
    yield from network(resources, place)
