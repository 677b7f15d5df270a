"""As whom a person's commands come to Vault clusters: by tokens in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_studio.estate.names import vault as names
from agent_studio.identity.secret import Secret


@dataclass(frozen=True, kw_only=True)
class Operator:
    """As whom to come to one cluster.

    Attributes:
        token: a token of the person's own.
        authority: PEM file by which the cluster is known; by default the system's authorities.
    """

    token: Secret
    authority: Path | None = None


def find_operator(
    environment: Mapping[str, str], jurisdiction: str, *, alone: bool
) -> Operator | None:
    """Find the token for a jurisdiction's cluster: `VAULT_TOKEN_<JURISDICTION>`, or `VAULT_TOKEN`.

    `VAULT_TOKEN` serves only where all that is meant shares one cluster: a token that one cluster
    gave is shown to no other.

    Args:
        environment: the variables.
        jurisdiction: whose cluster.
        alone: whether no other cluster is in play.

    Returns:
        None where there is none.
    """
    token = environment.get(token_variable(jurisdiction), "")
    if not token and alone:
        token = environment.get("VAULT_TOKEN", "")
    if not token:
        return None
    cacert = names.variable("VAULT_CACERT", jurisdiction)
    authority = environment.get(cacert) or environment.get("VAULT_CACERT")
    return Operator(token=Secret(token), authority=Path(authority) if authority else None)


def token_variable(jurisdiction: str) -> str:
    """The variable that holds the token for a jurisdiction's cluster."""
    return names.variable("VAULT_TOKEN", jurisdiction)
