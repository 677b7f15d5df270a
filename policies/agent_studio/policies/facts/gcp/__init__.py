"""Facts of stacks on Google Cloud."""

from collections.abc import Iterator

from agent_studio.policies.facts.arguments import arguments
from agent_studio.policies.facts.gcp.models import models
from agent_studio.policies.facts.gcp.network import network
from agent_studio.policies.facts.gcp.reading import READING
from agent_studio.policies.facts.gcp.sign_in import sign_in
from agent_studio.policies.facts.gcp.stores import stores
from agent_studio.policies.facts.gcp.texts import texts
from agent_studio.policies.facts.gcp.trusts import trusts
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources

__all__ = ["facts"]


def facts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every fact that only Google Cloud's own resources tell.

    Args:
        resources: the stack's resources.
        place: the stack as the estate declares it: names are recognized by it.
    """
    yield from sign_in(resources, place)
    yield from arguments(resources, place, READING)
    yield from texts(resources, place)
    yield from stores(resources, place)
    yield from network(resources, place)
    yield from trusts(resources, place)
    yield from models(resources, place)
