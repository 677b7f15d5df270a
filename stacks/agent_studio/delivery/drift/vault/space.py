"""A namespace with the places in it, and what is found there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent_studio.delivery.drift.severity import Severity
from agent_studio.delivery.drift.vault.cluster import Cluster
from agent_studio.delivery.drift.vault.ownership import Ours
from agent_studio.estate.vault import DeclaredPlace

_BUILT_IN = frozenset({"cubbyhole", "identity", "system", "token"})
"""Engines and methods that every namespace has; in one of its own, `ns_` goes before."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that nobody declared.

    Attributes:
        stack: whose place it is in; empty for none.
        path: where it is in the cluster, from the root namespace.
        severity: how bad it is.
        kind: `changed` for something declared that has a setting which nobody declared.
        paths: such settings.
    """

    stack: str
    path: str
    severity: Severity = Severity.CRITICAL
    kind: Literal["changed", "undeclared"] = "undeclared"
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Space:
    """A namespace with the places in it.

    Attributes:
        namespace: its name; empty for the root namespace.
        ours: tells the estate's names from others'.
        places: what the estate declares there.
        namespaces: all namespaces that the estate declares in the cluster.
    """

    namespace: str
    ours: Ours
    places: tuple[DeclaredPlace, ...]
    namespaces: frozenset[str] = frozenset()

    @property
    def stack(self) -> str:
        """Whose it is; empty where several places lie in it."""
        return self.places[0].stack if self.namespace else ""

    @property
    def methods(self) -> Mapping[str, frozenset[str]]:
        """The login methods that the estate declares, each with its roles."""
        return {path: roles for place in self.places for path, roles in place.methods.items()}

    def owner(self, path: str) -> str:
        """The stack whose place a path lies in; empty for none."""
        for each in self.places:
            prefix = each.place.prefix if each.place is not None else ""
            if prefix and path.startswith(prefix):
                return each.stack
        return self.stack

    def concerns(self, path: str) -> bool:
        """Whether a mount or a namespace is the estate's; all of a place's namespace is."""
        return bool(self.namespace) or self.ours.path(path)

    def concerns_policy(self, name: str) -> bool:
        """Whether a policy is the estate's; all of a place's namespace is."""
        return bool(self.namespace) or self.ours.policy(name)

    def path(self, path: str) -> str:
        """A path in the namespace, from the root namespace."""
        return f"{self.namespace}/{path}" if self.namespace else path


def spaces(ours: Ours, declared: Sequence[DeclaredPlace]) -> list[Space]:
    """Group places by the namespace that they lie in, the root namespace first.

    Args:
        ours: tells the estate's names from others'.
        declared: all places of a cluster.
    """
    grouped: dict[str, list[DeclaredPlace]] = {"": []}
    for each in declared:
        grouped.setdefault(each.namespace, []).append(each)
    namespaces = frozenset(each for each in grouped if each)
    return [
        Space(namespace=name, ours=ours, places=tuple(places), namespaces=namespaces)
        for name, places in grouped.items()
    ]


def mounted(cluster: Cluster, namespace: str, path: str) -> dict[str, str]:
    """What is mounted in a namespace beside what always is: path -> type.

    Args:
        cluster: the cluster.
        namespace: the namespace, which is there.
        path: `sys/mounts` or `sys/auth`.

    Raises:
        UnreadError: it can't be read.
    """
    found: Iterable[tuple[str, object]] = (cluster.read(namespace, path) or {}).items()
    types = {
        mount.rstrip("/"): str(about.get("type", ""))
        for mount, about in sorted(found)
        if isinstance(about, Mapping)
    }
    return {
        mount: type_ for mount, type_ in types.items() if type_.removeprefix("ns_") not in _BUILT_IN
    }
