"""Each resource in Vault, held to the one that the estate gives the stack."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.estate.vault import MadeId
from agent_studio.policies.facts.builders import grant, store, undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.table import META
from agent_studio.policies.facts.values import UNKNOWN, listed
from agent_studio.policies.facts.vault_declared import Wanted

_LOGINS = frozenset({"vault_jwt_auth_backend", "vault_jwt_auth_backend_role", "vault_policy"})
_KEPT: tuple[dict[str, bool], ...] = ({}, {"prevent_destroy": True})


def held(resources: Resources, place: Place) -> Iterator[Fact]:
    """What resources in Vault have that the estate does not say."""
    for resource in resources.all.values():
        if resource.type.startswith("vault_"):
            yield from _held(resources, place, resource)


def _held(resources: Resources, place: Place, resource: Resource) -> Iterator[Fact]:
    for name in sorted({"count", "for_each"} & resource.asked.keys()):
        yield undecided(resource.address, f"how many of it there are ({name})")
    wanted = _found(place, resource)
    if wanted is None:
        yield _wrong(place, resource, "the estate gives this stack no such place, key or login")
        return
    lifecycle = listed(resource.asked.get("lifecycle")) or [{}]
    if lifecycle[0] not in _KEPT or len(lifecycle) > 1:
        yield undecided(resource.address, "what the argument lifecycle does")
    for name in sorted(resource.asked.keys() - META - wanted.arguments.keys() - {"lifecycle"}):
        if resource.asked[name] is not None:
            yield undecided(resource.address, f"what the argument {name} does")
    for name, allowed in wanted.arguments.items():
        value = resource.values.get(name)
        if not _same(resources, value, allowed):
            shown = "not known" if value is UNKNOWN else value
            what = f"{name} is {shown}" if value is not None else f"{name} is not set"
            yield _wrong(place, resource, what)


def _found(place: Place, resource: Resource) -> Wanted | None:
    cluster = resource.provider.partition(".")[2]
    return next(
        (
            each
            for each in (place.in_vault.wanted if place.in_vault else ())
            if (each.type, each.cluster) == (resource.type, cluster)
            and all(
                (resource.values.get(name) or None) == each.arguments[name] for name in each.key
            )
        ),
        None,
    )


def _wrong(place: Place, resource: Resource, what: str) -> Fact:
    if resource.type in _LOGINS:
        return grant(
            resource,
            kind="resource",
            principal=what,
            accounts=["an account that the estate does not name"],
            privileged=True,
        )
    if resource.type == "vault_transit_secret_backend_key":
        return store(
            resource.address,
            what=f"{resource.type} ({what})",
            region=place.region,
            encrypted=True,
            key="foreign",
        )
    return undecided(resource.address, f"what it means that {what}")


def _same(resources: Resources, value: Any, allowed: Any) -> bool:
    if isinstance(allowed, MadeId):
        return _made(resources, value, allowed)
    if isinstance(allowed, Mapping):
        return (
            isinstance(value, Mapping)
            and value.keys() == allowed.keys()
            and all(_same(resources, value[name], each) for name, each in allowed.items())
        )
    if isinstance(allowed, tuple):
        return isinstance(value, list) and sorted(map(str, value)) == sorted(allowed)
    if isinstance(allowed, str) and allowed.startswith("{"):
        return _is_document(value, allowed)
    if allowed is None:
        return not value and value is not UNKNOWN
    if isinstance(allowed, bool | int):
        # Terraform takes texts for numbers and booleans, too.
        return str(value).lower() == str(allowed).lower()
    return bool(value == allowed)


def _is_document(value: Any, allowed: str) -> bool:
    try:
        return bool(json.loads(value) == json.loads(allowed))
    except (TypeError, ValueError):
        return False


def _made(resources: Resources, value: Any, made: MadeId) -> bool:
    """Whether a value is the id that the cloud gives to a resource of the stack."""
    one = resources.named(made.type, made.name, made.naming)
    if one is None or not isinstance(value, str):
        return False
    # `_block` knows addresses without an index; a reference has no index here, either.
    if value == f"${{{one.address}.{made.attribute}}}":
        return True
    return "${" not in value and value != "" and value == one.values.get(made.attribute)
