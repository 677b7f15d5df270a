"""Facts of stacks on Azure."""

from collections.abc import Iterator

from agent_studio.policies.facts.arguments import arguments
from agent_studio.policies.facts.azure.core import core_alone, core_database, keys
from agent_studio.policies.facts.azure.doors import doors
from agent_studio.policies.facts.azure.firewall import firewall
from agent_studio.policies.facts.azure.groups import groups
from agent_studio.policies.facts.azure.matching import READING
from agent_studio.policies.facts.azure.models import models
from agent_studio.policies.facts.azure.policies import policies
from agent_studio.policies.facts.azure.retention import retention
from agent_studio.policies.facts.azure.sign_in import sign_in
from agent_studio.policies.facts.azure.stores import stores
from agent_studio.policies.facts.azure.texts import texts
from agent_studio.policies.facts.azure.trails import trails
from agent_studio.policies.facts.azure.trusts import trusts
from agent_studio.policies.facts.azure.ways import ways
from agent_studio.policies.facts.azure.workloads import workloads
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources

__all__ = ["facts"]


def facts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every fact that only Azure's own resources tell.

    Args:
        resources: the stack's resources.
        place: the stack as the estate declares it: names are recognized by it.
    """
    yield from sign_in(resources, place)
    yield from arguments(resources, place, READING)
    yield from texts(resources, place)
    yield from stores(resources, place)
    yield from retention(resources, place)
    yield from trails(resources, place)
    yield from groups(resources, place)
    yield from firewall(resources, place)
    yield from ways(resources, place)
    yield from doors(resources, place)
    yield from trusts(resources, place)
    yield from workloads(resources, place)
    yield from core_alone(resources, place)
    yield from core_database(resources, place)
    yield from keys(resources, place)
    yield from models(resources, place)
    yield from policies(resources, place)
