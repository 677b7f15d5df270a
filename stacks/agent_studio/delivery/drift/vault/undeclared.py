"""What a cluster holds beside what the estate declares.

Read over Vault's API: "/sys/mounts", "/sys/auth", "/sys/policies", "/sys/namespaces", "Transit",
"JWT/OIDC auth method", "Token auth method" and "Identity".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_studio.delivery.drift.severity import Severity
from agent_studio.delivery.drift.vault.cluster import Cluster
from agent_studio.estate.vault import DeclaredPlace

_BUILT_IN = frozenset({"cubbyhole", "identity", "system", "token"})
"""Engines and methods that every namespace has; in one of its own, `ns_` goes before."""

_ALWAYS = frozenset({"default", "root"})
"""Policies that every namespace has."""

_ACCESSOR = 6
"""Letters of a token's accessor that are shown."""


@dataclass(frozen=True, kw_only=True)
class Undeclared:
    """Something that nobody declared.

    Attributes:
        stack: whose place it is in; empty for none.
        path: where it is in the cluster, from the root namespace.
        severity: how bad it is.
    """

    stack: str
    path: str
    severity: Severity


@dataclass(frozen=True, kw_only=True)
class Space:
    """A namespace with the places in it.

    Attributes:
        namespace: its name; empty for the root namespace.
        studio: the estate's short name.
        places: what the estate declares there.
    """

    namespace: str
    studio: str
    places: tuple[DeclaredPlace, ...]

    @property
    def stack(self) -> str:
        """Whose it is; empty where several places lie in it."""
        return self.places[0].stack if self.namespace else ""

    def owner(self, path: str) -> str:
        """The stack whose place a path lies in; empty for none."""
        found = (each for each in self.places if each.place and each.place.prefix)
        inside = (each for each in found if path.startswith(str(each.place and each.place.prefix)))
        return next((each.stack for each in inside), self.stack)

    def concerns(self, name: str) -> bool:
        """Whether a mount, namespace or policy is the estate's to answer for.

        All of a place's namespace is. In the root namespace it is what lies in a place, and what
        bears a name as the estate's are computed.
        """
        return bool(self.namespace) or bool(_ours(self.studio).match(name))

    def concerns_policy(self, name: str) -> bool:
        """The same of a policy: in the root namespace names of policies begin with the estate's."""
        return bool(self.namespace) or name.startswith(f"{self.studio}-")

    def path(self, path: str) -> str:
        """A path in the namespace, from the root namespace."""
        return f"{self.namespace}/{path}" if self.namespace else path


def spaces(studio: str, declared: Sequence[DeclaredPlace]) -> list[Space]:
    """Group places by the namespace that they lie in, the root namespace first.

    Args:
        studio: the estate's short name.
        declared: all places of a cluster.
    """
    grouped: dict[str, list[DeclaredPlace]] = {"": []}
    for each in declared:
        grouped.setdefault(each.namespace, []).append(each)
    return [
        Space(namespace=namespace, studio=studio, places=tuple(places))
        for namespace, places in grouped.items()
    ]


def undeclared(cluster: Cluster, space: Space, namespaces: frozenset[str]) -> Iterator[Undeclared]:
    """What a namespace holds that nobody declared.

    Args:
        cluster: the cluster.
        space: the namespace.
        namespaces: all namespaces that the estate declares in the cluster.

    Raises:
        IdentityError: Vault can't be read.
    """
    yield from _namespaces(cluster, space, namespaces)
    yield from _engines(cluster, space)
    yield from _methods(cluster, space)
    yield from _policies(cluster, space)
    yield from _keys(cluster, space)
    yield from _root_tokens(cluster, space)
    if space.namespace:
        # Entities of the root namespace are everybody's.
        yield from _identities(cluster, space)


def _namespaces(cluster: Cluster, space: Space, declared: frozenset[str]) -> Iterator[Undeclared]:
    for name in cluster.names(space.namespace, "sys/namespaces"):
        if space.path(name) not in declared and space.concerns(name):
            yield _found(space, f"sys/namespaces/{name}")


def _engines(cluster: Cluster, space: Space) -> Iterator[Undeclared]:
    known = {path for place in space.places for path in place.engines}
    for path in _mounted(cluster, space, "sys/mounts"):
        if path not in known and space.concerns(path):
            yield _found(space, f"sys/mounts/{path}", Severity.HIGH, owner=space.owner(path))


def _methods(cluster: Cluster, space: Space) -> Iterator[Undeclared]:
    known: dict[str, frozenset[str]] = {}
    for place in space.places:
        known.update(place.methods)
    for path in _mounted(cluster, space, "sys/auth"):
        if path not in known and space.concerns(path):
            yield _found(space, f"sys/auth/{path}", owner=space.owner(path))
    for path, roles in known.items():
        for role in cluster.names(space.namespace, f"auth/{path}/role"):
            if role not in roles:
                yield _found(space, f"auth/{path}/role/{role}", owner=space.owner(path))


def _policies(cluster: Cluster, space: Space) -> Iterator[Undeclared]:
    known = {name for place in space.places for name in place.policies} | _ALWAYS
    for name in cluster.names(space.namespace, "sys/policies/acl"):
        if name not in known and space.concerns_policy(name):
            yield _found(space, f"sys/policies/acl/{name}")


def _keys(cluster: Cluster, space: Space) -> Iterator[Undeclared]:
    for place in space.places:
        if not place.transit:
            continue
        for name in cluster.names(space.namespace, f"{place.transit}/keys"):
            if name not in place.keys:
                path = f"{place.transit}/keys/{name}"
                yield _found(space, path, Severity.HIGH, owner=place.stack)


def _root_tokens(cluster: Cluster, space: Space) -> Iterator[Undeclared]:
    accessors = cluster.names(space.namespace, "auth/token/accessors")
    for token in cluster.lookup(space.namespace, accessors):
        if "root" in (token.get("policies") or ()):
            shown = str(token.get("accessor", ""))[:_ACCESSOR]
            yield _found(space, f"auth/token/accessors/{shown}...")


def _identities(cluster: Cluster, space: Space) -> Iterator[Undeclared]:
    """Entities and groups that give policies to logins, beside those of their roles."""
    for kind in ("entity", "group"):
        for name in cluster.names(space.namespace, f"identity/{kind}/id"):
            path = f"identity/{kind}/id/{name}"
            if cluster.read(space.namespace, path).get("policies"):
                yield _found(space, path)


def _mounted(cluster: Cluster, space: Space, path: str) -> list[str]:
    found: Mapping[str, object] = cluster.read(space.namespace, path)
    return sorted(
        mount.rstrip("/")
        for mount, about in found.items()
        if isinstance(about, Mapping)
        and str(about.get("type", "")).removeprefix("ns_") not in _BUILT_IN
    )


def _found(
    space: Space, path: str, severity: Severity = Severity.CRITICAL, *, owner: str | None = None
) -> Undeclared:
    stack = space.stack if owner is None else owner
    return Undeclared(stack=stack, path=space.path(path), severity=severity)


def _ours(studio: str) -> "re.Pattern[str]":
    """How computed labels begin; those of the estate `acme-eu` are none of `acme`'s."""
    return re.compile(rf"{re.escape(studio)}-(?:cell|core|pseudonyms|ci|kill)(?:-|/|$)")
