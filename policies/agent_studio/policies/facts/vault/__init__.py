"""Facts of what a stack has in Vault: all of it is computed from the estate, and held to that."""

from collections.abc import Iterator

from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.vault.held import held
from agent_studio.policies.facts.vault.sign_in import sign_in
from agent_studio.policies.facts.vault.told import told

__all__ = ["facts"]


def facts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every fact that resources in Vault tell, on whatever cloud their stack lies.

    Args:
        resources: the stack's resources.
        place: the stack as the estate declares it.
    """
    yield from sign_in(resources, place)
    yield from held(resources, place)
    yield from told(resources, place)
