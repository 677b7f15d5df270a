"""Transit keys that nobody declared, and keys that could be taken out (Vault API, "Transit")."""

from collections.abc import Iterator

from agent_studio.delivery.drift.severity import Severity
from agent_studio.delivery.drift.vault.cluster import Cluster
from agent_studio.delivery.drift.vault.space import Finding, Space

_TAKEN_OUT = ("allow_plaintext_backup", "exportable")
"""What lets a key leave Vault; the kit declares neither, and Vault takes neither back."""


def keys(cluster: Cluster, space: Space) -> Iterator[Finding]:
    """Look at the keys of each place.

    Args:
        cluster: the cluster.
        space: the namespace.

    Raises:
        UnreadError: they can't be read.
    """
    for place in space.places:
        if not place.transit:
            continue
        path = f"{place.transit}/keys"
        listed = cluster.listed(space.namespace, path)
        for name, about in cluster.each(space.namespace, path, list(listed)).items():
            leaks = tuple(each for each in _TAKEN_OUT if about.get(each))
            known = name in place.keys
            if leaks or not known:
                yield Finding(
                    stack=place.stack,
                    path=space.path(f"{path}/{name}"),
                    severity=Severity.CRITICAL if leaks else Severity.HIGH,
                    kind="changed" if known else "undeclared",
                    paths=leaks,
                )
