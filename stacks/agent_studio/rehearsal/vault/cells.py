"""What a cell needs in its jurisdiction's cluster, set up over Vault's HTTP API.

`agent_studio.estate.names.vault` names it all. Setting up twice is as good as once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import (
    ENVELOPE,
    SIGNATURE,
    SIGNATURES,
    Lease,
    Workload,
    cell_paths,
    policy_text,
    pseudonym_paths,
    role_document,
)
from agent_studio.rehearsal.vault.api import Api, ApiError


@dataclass(frozen=True, kw_only=True)
class Trust:
    """How a cluster knows the tokens of an account.

    Attributes:
        issuer: the claim `iss`, under which the issuer publishes its keys.
        authority: PEM file by which the issuer's own server is known; None for a public one.
    """

    issuer: str
    authority: Path | None = None


def set_up(
    api: Api,
    cell: Cell,
    *,
    trust: Trust,
    workloads: Sequence[tuple[Runtime, Workload]],
    networks: Sequence[IPv4Network],
    lease: Lease | None = None,
) -> None:
    """Set up a cell: its place, engines, keys, the account's login, a role and policy a runtime.

    Args:
        api: the cluster of the cell's jurisdiction, in the root namespace, with a token that may.
        cell: the cell.
        trust: how the account's tokens are known.
        workloads: each runtime of the cell, and who it is.
        networks: where logins and requests may come from.
        lease: how long logins last.

    Raises:
        ApiError: Vault refused something.
    """
    own = names.cell(cell.scope, cell.vault_isolation)
    shared = names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation)
    for place in (own, shared):
        within = open_place(api, place)
        classes = [names.class_key(each.name) for each in cell.data_classes]
        mount(within, names.transit_mount(place), "transit")
        for key in classes:
            add_key(within, place, key, ENVELOPE)
        add_issuer(within, names.auth_mount(cell.scope, place), trust)
        if place is own:
            mount(within, names.kv_mount(place), "kv", {"version": "2"})
            add_key(within, place, names.SIGNING_KEY, SIGNATURE)
        for runtime, workload in workloads:
            paths = cell_paths if place is own else pseudonym_paths
            policy = names.policy(cell.scope, runtime.name, place)
            text = policy_text(paths(place, runtime))
            within.call("PUT", f"sys/policies/acl/{policy}", {"policy": text})
            role = role_document(workload, policy, networks, lease or Lease())
            path = f"auth/{names.auth_mount(cell.scope, place)}/role"
            within.call("POST", f"{path}/{names.role(cell.scope, runtime.name)}", role)


def open_place(api: Api, place: names.Place) -> Api:
    """Make the place's namespace, if it is one, and give the API within it."""
    if not place.namespace:
        return api
    api.call("POST", f"sys/namespaces/{place.namespace}", {})
    return api.within(place.namespace)


def mount(api: Api, path: str, kind: str, options: dict[str, str] | None = None) -> None:
    """Mount a secrets engine, unless one is mounted there."""
    if not _stands(api, f"sys/mounts/{path}"):
        api.call("POST", f"sys/mounts/{path}", {"type": kind, "options": options or {}})


def add_key(api: Api, place: names.Place, key: str, kind: str) -> None:
    """Make a transit key that never leaves Vault and can't be deleted."""
    api.call("POST", f"{names.transit_mount(place)}/keys/{key}", {"type": kind})


def add_issuer(api: Api, path: str, trust: Trust) -> None:
    """Mount a `jwt` method that knows one issuer."""
    if not _stands(api, f"sys/mounts/auth/{path}"):
        api.call("POST", f"sys/auth/{path}", {"type": "jwt"})
    authority = trust.authority.read_text() if trust.authority else ""
    wanted = {
        "oidc_discovery_url": trust.issuer,
        "oidc_discovery_ca_pem": authority,
        "bound_issuer": trust.issuer,
        "jwt_supported_algs": list(SIGNATURES),
    }
    api.call("POST", f"auth/{path}/config", wanted)


def _stands(api: Api, path: str) -> bool:
    """Whether there is a mount, asked for as Terraform's provider does: by its own name."""
    try:
        api.call("GET", path)
    except ApiError as error:
        # 400: "No secret engine mount at", "No auth engine at".
        if error.status not in (400, 404):
            raise
        return False
    return True


def write_secret(
    api: Api,
    cell: Cell,
    runtime: Runtime,
    name: str,
    values: dict[str, str],
) -> None:
    """Write a secret of a runtime, as whoever keeps the cell's secrets would."""
    place = names.cell(cell.scope, cell.vault_isolation)
    path = f"{names.kv_mount(place)}/data/{names.secrets(runtime.name)}/{name}"
    api.within(place.namespace).call("POST", path, {"data": values})
