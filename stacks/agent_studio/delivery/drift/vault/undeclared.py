"""What a cluster holds beside what the estate declares.

Read over Vault's API: "/sys/mounts", "/sys/auth", "/sys/policies", "/sys/namespaces" and "JWT/OIDC
auth method"; what is in other modules says so there.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Event

from agent_studio.delivery.drift.severity import Severity
from agent_studio.delivery.drift.vault.cluster import AT_ONCE, Cluster, UnreadError
from agent_studio.delivery.drift.vault.identities import identities
from agent_studio.delivery.drift.vault.keys import keys
from agent_studio.delivery.drift.vault.ownership import Ours, other_estates
from agent_studio.delivery.drift.vault.space import Finding, Space, mounted, spaces
from agent_studio.delivery.drift.vault.tokens import root_tokens
from agent_studio.estate.vault import DeclaredPlace
from agent_studio.identity.errors import ServerError

_ALWAYS = frozenset({"default", "root"})
"""Policies that every namespace has."""

_ONE_PATH = frozenset({"policy", "size"})
"""Faults of one path, after which others may still be read."""


def undeclared(
    cluster: Cluster,
    studio: str,
    declared: Sequence[DeclaredPlace],
    wanted: Callable[[Sequence[DeclaredPlace]], bool],
) -> tuple[list[Finding], list[UnreadError]]:
    """Look through a cluster.

    Args:
        cluster: the cluster.
        studio: the estate's short name.
        declared: all places that the estate has in it.
        wanted: whether a namespace with these places is looked at.

    Returns:
        what nobody declared, and what could not be read: what was found up to then counts.
    """
    try:
        ours, standing = _root(cluster, studio)
    except UnreadError as error:
        return [], [error]
    # One that is not there yet holds nothing; that it is gone is for Terraform to tell.
    chosen = [
        space
        for space in spaces(ours, declared)
        if wanted(space.places) and (not space.namespace or space.namespace in standing)
    ]
    over = Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # The deadline is the context's.
        futures = [pool.submit(copy_context().run, _look, cluster, each, over) for each in chosen]
        results = [future.result() for future in futures]
    return (
        [one for found, _ in results for one in found],
        [error for _, unread in results for error in unread],
    )


def _look(cluster: Cluster, space: Space, over: Event) -> tuple[list[Finding], list[UnreadError]]:
    """Look through a namespace, unless the cluster can't be read at all any more."""
    found: list[Finding] = []
    unread: list[UnreadError] = []
    for part in _PARTS:
        if over.is_set():
            break
        try:
            for one in part(cluster, space):
                # What was found before a failure counts.
                found.append(one)  # noqa: PERF402
        except UnreadError as error:
            unread.append(error)
            if error.fault not in _ONE_PATH:
                over.set()
    return found, unread


def _root(cluster: Cluster, studio: str) -> tuple[Ours, frozenset[str]]:
    """Whose names are whose in the root namespace, and the namespaces in it."""
    if cluster.read("", "sys/mounts") is None:
        # A Vault always has some.
        raise UnreadError("sys/mounts", ServerError("the answer is not one of Vault's"))
    methods = mounted(cluster, "", "sys/auth")
    namespaces = cluster.listed("", "sys/namespaces")
    paths = [*namespaces, *mounted(cluster, "", "sys/mounts")]
    ours = Ours(studio=studio, others=other_estates(studio, paths, methods))
    return ours, frozenset(namespaces)


def _namespaces(cluster: Cluster, space: Space) -> Iterator[Finding]:
    for name in cluster.listed(space.namespace, "sys/namespaces"):
        if space.path(name) not in space.namespaces and space.concerns(name):
            yield Finding(stack=space.stack, path=space.path(f"sys/namespaces/{name}"))


def _engines(cluster: Cluster, space: Space) -> Iterator[Finding]:
    known = {path for place in space.places for path in place.engines}
    for path in mounted(cluster, space.namespace, "sys/mounts"):
        if path not in known and space.concerns(path):
            yield Finding(
                stack=space.owner(path),
                path=space.path(f"sys/mounts/{path}"),
                severity=Severity.HIGH,
            )


def _methods(cluster: Cluster, space: Space) -> Iterator[Finding]:
    for path in mounted(cluster, space.namespace, "sys/auth"):
        if path not in space.methods and space.concerns(path):
            yield Finding(stack=space.owner(path), path=space.path(f"sys/auth/{path}"))


def _roles(cluster: Cluster, space: Space) -> Iterator[Finding]:
    for path, roles in space.methods.items():
        for role in cluster.listed(space.namespace, f"auth/{path}/role"):
            if role not in roles:
                yield Finding(stack=space.owner(path), path=space.path(f"auth/{path}/role/{role}"))


def _policies(cluster: Cluster, space: Space) -> Iterator[Finding]:
    known = {name for place in space.places for name in place.policies} | _ALWAYS
    for name in cluster.listed(space.namespace, "sys/policies/acl"):
        if name not in known and space.concerns_policy(name):
            yield Finding(stack=space.stack, path=space.path(f"sys/policies/acl/{name}"))


_PARTS = (_namespaces, _engines, _methods, _roles, _policies, keys, root_tokens, identities)
