"""What connects a stack to the world: doors in, ways out, and ties to other networks."""

from collections.abc import Iterator

from agent_studio.policies.facts.aws.network.access_lists import access_lists
from agent_studio.policies.facts.aws.network.access_points import access_points
from agent_studio.policies.facts.aws.network.balancers import balancers
from agent_studio.policies.facts.aws.network.buckets import buckets
from agent_studio.policies.facts.aws.network.firewalls import firewalls
from agent_studio.policies.facts.aws.network.groups import groups
from agent_studio.policies.facts.aws.network.joins import joins
from agent_studio.policies.facts.aws.network.lookups import lookups
from agent_studio.policies.facts.aws.network.name_servers import name_servers
from agent_studio.policies.facts.aws.network.parts import parts
from agent_studio.policies.facts.aws.network.public import public
from agent_studio.policies.facts.aws.network.routes import routes
from agent_studio.policies.facts.aws.network.zones import zones
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources

__all__ = ["network"]


def network(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every connection that a stack would make or admit."""
    yield from groups(resources, place)
    yield from access_lists(resources, place)
    yield from parts(resources)
    yield from routes(resources, place)
    yield from firewalls(resources, place)
    yield from lookups(resources, place)
    yield from name_servers(resources)
    yield from zones(resources, place)
    yield from joins(resources, place)
    yield from balancers(resources, place)
    yield from public(resources)
    yield from buckets(resources)
    yield from access_points(resources)
