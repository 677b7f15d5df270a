"""Facts of stacks on AWS."""

from collections.abc import Iterator

from agent_studio.policies.facts.aws.grants import grants
from agent_studio.policies.facts.aws.models import models
from agent_studio.policies.facts.aws.movements import movements
from agent_studio.policies.facts.aws.network import network
from agent_studio.policies.facts.aws.secrets import secrets
from agent_studio.policies.facts.aws.sign_in import sign_in
from agent_studio.policies.facts.aws.sites import sites
from agent_studio.policies.facts.aws.stores import stores
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources

__all__ = ["facts"]


def facts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every fact that only AWS's own resources tell.

    Args:
        resources: the stack's resources.
        place: the stack as the estate declares it: names are recognized by it.
    """
    yield from sign_in(resources, place)
    yield from sites(resources)
    yield from grants(resources, place)
    yield from models(resources, place)
    yield from stores(resources, place)
    yield from movements(resources, place)
    yield from secrets(resources, place)
    yield from network(resources, place)
