"""Root tokens: they may do everything, and end never (Vault API, "Token auth method")."""

from collections.abc import Iterator

from agent_studio.delivery.drift.vault.cluster import Cluster
from agent_studio.delivery.drift.vault.space import Finding, Space

_SHOWN = 6
"""Letters of a token's accessor that are shown: enough to find it, and of no use to revoke it."""


def root_tokens(cluster: Cluster, space: Space) -> Iterator[Finding]:
    """Look at all tokens of a namespace; those of the root namespace count too.

    Args:
        cluster: the cluster.
        space: the namespace.

    Raises:
        UnreadError: they can't be read.
    """
    accessors = list(cluster.listed(space.namespace, "auth/token/accessors"))
    for token in cluster.tokens(space.namespace, accessors):
        if "root" in (token.get("policies") or ()):
            shown = str(token.get("accessor", ""))[:_SHOWN]
            yield Finding(stack=space.stack, path=space.path(f"auth/token/accessors/{shown}..."))
