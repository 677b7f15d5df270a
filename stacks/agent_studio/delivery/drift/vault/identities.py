"""Entities and groups that give policies to logins, beside those of roles (Vault API, "Identity").

No stack makes any. In a place's namespace each of them counts. The root namespace is everybody's:
there those count that stand for a login by one of the estate's methods (CI's or, without
namespaces, a cell's), and the groups that such entities are in, however far above.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.delivery.drift.vault.cluster import Cluster
from agent_studio.delivery.drift.vault.space import Finding, Space

_ENTITIES, _GROUPS = "identity/entity/id", "identity/group/id"


def identities(cluster: Cluster, space: Space) -> Iterator[Finding]:
    """Look at the entities and groups of a namespace.

    Args:
        cluster: the cluster.
        space: the namespace.

    Raises:
        UnreadError: they can't be read.
    """
    if space.namespace:
        for path in (_ENTITIES, _GROUPS):
            names = list(cluster.listed(space.namespace, path))
            for name, about in cluster.each(space.namespace, path, names).items():
                if about.get("policies"):
                    yield Finding(stack=space.stack, path=space.path(f"{path}/{name}"))
    elif space.methods:
        yield from _of_logins(cluster, space)


def _of_logins(cluster: Cluster, space: Space) -> Iterator[Finding]:
    owners = {f"auth/{path}": space.owner(path) for path in space.methods}
    entities: dict[str, str] = {}
    for name, about in cluster.listed("", _ENTITIES).items():
        for alias in about.get("aliases") or ():
            if _mount(alias) in owners:
                entities[name] = owners[_mount(alias)]
    groups: dict[str, str] = {}
    for name, about in cluster.listed("", _GROUPS).items():
        if (mount := _mount(about.get("alias") or {})) in owners:
            groups[name] = owners[mount]
    for name, about in cluster.each("", _ENTITIES, list(entities)).items():
        if about.get("policies"):
            yield Finding(stack=entities[name], path=f"{_ENTITIES}/{name}")
        groups |= dict.fromkeys(about.get("group_ids") or (), entities[name])
    yield from _of_groups(cluster, groups)


def _of_groups(cluster: Cluster, groups: Mapping[str, str]) -> Iterator[Finding]:
    """Groups with policies, and those above them; each belongs to a stack, or to none."""
    todo, seen = dict(groups), set(groups)
    while todo:
        above: dict[str, str] = {}
        for name, about in cluster.each("", _GROUPS, list(todo)).items():
            if about.get("policies"):
                yield Finding(stack=todo[name], path=f"{_GROUPS}/{name}")
            above |= dict.fromkeys(about.get("parent_group_ids") or (), todo[name])
        todo = {name: owner for name, owner in above.items() if name not in seen}
        seen |= set(todo)


def _mount(alias: Mapping[str, Any]) -> str:
    return str(alias.get("mount_path", "")).strip("/")
