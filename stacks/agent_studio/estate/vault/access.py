"""What a runtime may do in Vault: the role by which it logs in, and its policies."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from agent_studio.estate.model import Runtime
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault.workloads import Workload

ENVELOPE = "aes256-gcm96"
"""Type of a data class's key: for envelopes, and by HMAC for pseudonyms (Vault API, "Transit")."""

SIGNATURE = "ed25519"
"""Type of a key that signs."""

SIGNATURES = ("RS256", "ES384")
"""The algorithms of the clouds' own tokens (STS, GetWebIdentityToken; discovery documents of Google
and Entra)."""

TTL_SECONDS = 900
MAX_TTL_SECONDS = 3600
LEEWAY_SECONDS = 30
"""How far a cloud's clock and Vault's may differ; Vault's own default is 60 or 150 s (`jwt`)."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """How long a login lasts, in seconds, and how long with all renewals."""

    ttl: int = TTL_SECONDS
    max_ttl: int = MAX_TTL_SECONDS


def role_document(
    workload: Workload, policy: str, networks: Sequence[IPv4Network], lease: Lease
) -> dict[str, Any]:
    """A role of the `jwt` method: one workload, from one network, with one policy.

    Arguments are those of Vault's API, "JWT/OIDC auth method", "Create/update role".
    """
    return {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": [workload.audience],
        "bound_subject": workload.subject,
        "bound_claims_type": "string",
        "bound_claims": dict(workload.bound),
        "clock_skew_leeway": LEEWAY_SECONDS,
        "expiration_leeway": LEEWAY_SECONDS,
        "not_before_leeway": LEEWAY_SECONDS,
        "token_policies": [policy],
        "token_no_default_policy": True,
        "token_bound_cidrs": [str(network) for network in networks],
        "token_ttl": lease.ttl,
        "token_max_ttl": lease.max_ttl,
        "token_type": "service",
    }


SELF = {
    "auth/token/lookup-self": ["read"],
    "auth/token/renew-self": ["update"],
    "auth/token/revoke-self": ["update"],
    "sys/capabilities-self": ["update"],
}
"""What every token may do to itself; Vault's `default` policy admits more."""


def cell_paths(place: names.Place, runtime: Runtime) -> dict[str, list[str]]:
    """What a runtime may do in its cell: path to capabilities."""
    transit = names.transit_mount(place)
    paths = {
        f"{names.kv_mount(place)}/data/{names.secrets(runtime.name)}/*": ["read"],
        f"{transit}/sign/{names.SIGNING_KEY}": ["update"],
        f"{transit}/verify/{names.SIGNING_KEY}": ["update"],
    }
    for each in runtime.data_classes:
        key = names.class_key(each.name)
        for action in ("encrypt", "decrypt", "datakey/plaintext"):
            paths[f"{transit}/{action}/{key}"] = ["update"]
    return paths


def pseudonym_paths(place: names.Place, runtime: Runtime) -> dict[str, list[str]]:
    """What a runtime may do in the place that its jurisdiction's cells share."""
    keys = (names.class_key(each.name) for each in runtime.data_classes)
    return {f"{names.transit_mount(place)}/hmac/{key}": ["update"] for key in keys}


def policy_text(paths: Mapping[str, Sequence[str]]) -> str:
    """A policy over paths, as Vault takes it: JSON, which is HCL too ("Policy syntax").

    What every token may do to itself is added.
    """
    allowed = {**paths, **SELF}
    document = {path: {"capabilities": list(allowed[path])} for path in sorted(allowed)}
    return json.dumps({"path": document}, sort_keys=True, separators=(",", ":"))
