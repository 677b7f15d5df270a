"""How Terraform signs in to Vault, and to which cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.builders import assume
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import block, listed, on

_PROVIDER = frozenset({"//", "address", "alias", "auth_login_jwt", "skip_child_token"})
"""Arguments that a provider may have. Others bring a token in, enter another namespace, or send
calls elsewhere: `token`, `namespace`, `headers`, `skip_tls_verify`, `ca_cert_file`, `auth_login`
and the like."""

_ROLES = ("${var.studio_role}", "plan", "apply")


def sign_in(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every provider of Vault."""
    for name, body in resources.providers.items():
        if name.partition(".")[0] == "vault":
            yield _provider(place, name, body)


def _provider(place: Place, name: str, body: Mapping[str, Any]) -> Fact:
    own = is_own_cluster(place, name, body)
    return assume(
        f"provider.{name}",
        kind="provider",
        accounts=[place.account if own else str(body.get("address") or "an unknown cluster")],
        pinned=bool(body.get("address")),
        keyless=_keyless(place, body),
        direct=own and set(body) <= _PROVIDER and on(body.get("skip_child_token")),
    )


def is_own_cluster(place: Place, name: str, body: Mapping[str, Any]) -> bool:
    """Whether a provider goes to the cluster that the estate gives the stack under its alias."""
    if place.in_vault is None:
        return False
    address = place.in_vault.clusters.get(name.partition(".")[2])
    return address is not None and body.get("address") == address


def _keyless(place: Place, body: Mapping[str, Any]) -> bool:
    """Whether it signs in by the token of the CI's own job; where there is no CI, by no text."""
    logins = listed(body.get("auth_login_jwt"))
    if place.in_vault is None or place.in_vault.login is None:
        return not logins
    found = block(logins)
    return (
        len(logins) == 1
        and {name for name, value in found.items() if value is not None} == {"mount", "role"}
        and found["mount"] == place.in_vault.login
        and found["role"] in _ROLES
    )
