"""One connection as a fact, and the resource that a value names."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed, reference

_NAMES = ("id", "arn", "prefix_list_id")


def connection(
    resource: Resource,
    *,
    kind: str,
    what: str,
    peer: str = "",
    own: bool = False,
    tls: bool = False,
    declared: bool = False,
    unknown: str | None = None,
) -> Fact:
    """One connection.

    Args:
        resource: what makes it.
        kind: `ingress`, `egress`, `gateway`, `name`, `filter`, `network` or `public`.
        what: what is done, in words that follow the resource's address.
        peer: the other end, e.g. an address range or a DNS name.
        own: whether the other end is the stack's own, or the setting is the safe one.
        tls: whether it is TCP to port 443 and nothing else.
        declared: whether the estate declares names for those who would use it.
        unknown: what is needed to decide and can't be known.
    """
    return Fact(
        action=Action.CONNECT,
        address=resource.address,
        context={
            "kind": kind,
            "what": what,
            "peer": peer,
            "own": own,
            "tls": tls,
            "declared": declared,
        },
        unknown=(unknown,) if unknown else (),
    )


def named(resources: Resources, value: Any) -> Resource | None:
    """The resource of this stack that a value names: by an expression, or by an id that it has."""
    if reference(value) is not None:
        return resources.referred(value)
    return _ids(_Identity(resources)).get(value) if isinstance(value, str) and value else None


def expressions(value: Any) -> list[Any]:
    """Values that may be one or several, without those that are empty."""
    return [item for item in listed(value) if item is not None and item != ""]


@lru_cache(maxsize=4)
def _ids(held: "_Identity") -> Mapping[str, Resource]:
    found = {}
    for resource in held.resources.all.values():
        for name in _NAMES:
            value = resource.values.get(name)
            if isinstance(value, str) and "${" not in value:
                found[value] = resource
    return found


class _Identity:
    """Resources as a key of a cache: they hold mappings, which can't be hashed."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.resources is self.resources

    def __hash__(self) -> int:
        return id(self.resources)
