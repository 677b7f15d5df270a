"""The fact that a wrong argument is."""

from typing import Any

from agent_studio.policies.facts.builders import (
    connection,
    grant,
    provision,
    replication,
    store,
    transfer,
    undecided,
)
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource
from agent_studio.policies.facts.table import Rule


def wrong(place: Place, resource: Resource, path: str, rule: Rule, value: Any) -> Fact:
    """What an argument of another value than it may have does.

    Args:
        place: the stack.
        resource: the resource.
        path: the argument.
        rule: what it may be.
        value: what it is; None where it is missing.
    """
    what = f"{path} is not set" if value is None else f"{path} is {value}"
    kind = _BY_WORD.get(rule.word, rule.wrong) if rule.wrong == "undecided" else rule.wrong
    if kind == "place" and value is None:
        kind = "anywhere"
    if kind in _CONNECTIONS:
        told = f"({what})" if kind == "egress" else what
        return connection(resource, kind=kind, what=told, peer=str(value))
    if kind in _KEYS:
        return store(
            resource.address,
            what=f"{resource.type} ({what})",
            region="any region" if kind == "anywhere" else place.region,
            encrypted=not (kind == "encryption" and value is None),
            key=_KEYS[kind],
        )
    match kind:
        case "internet" | "image":
            image = kind == "image"
            return transfer(resource, kind=what, cloud=place.cloud, internet=True, image=image)
        case "project":
            return transfer(resource, kind=what, cloud=place.cloud, account=str(value))
        case "copy":
            return replication(resource, region="another region", declared=False)
        case "place":
            return provision(resource.address, kind=resource.type, region=str(value))
        case "identity" | "privilege":
            return grant(
                resource,
                kind="resource",
                principal=what,
                accounts=["an account that the stack does not name"],
                privileged=kind == "privilege",
            )
    return undecided(resource.address, f"what it means that {what}")


_CONNECTIONS = frozenset({"public", "ingress", "egress", "filter", "network", "name"})
_KEYS = {
    "encryption": "foreign",
    "key": "foreign",
    "rotation": "unrotated",
    "anywhere": "customer",
}
"""What is wrong with a store -> what that says of its key."""

_BY_WORD = {
    "address": "public",
    "place": "place",
    "project": "project",
    "project_path": "project",
    "subscription": "project",
    "subscription_path": "project",
    "tenant": "project",
    "key": "key",
    "range": "network",
    "fqdn": "name",
    "image": "image",
    "server": "image",
    "destination": "internet",
    "role": "privilege",
    "permission": "privilege",
    "studio_account": "privilege",
}
"""What is wrong where a rule's word says it already."""
