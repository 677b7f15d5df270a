"""What the estate gives a stack in Vault, argument for argument."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_studio.estate import Cell, Estate, Runtime
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import (
    ENVELOPE,
    SIGNATURE,
    SIGNATURES,
    Lease,
    cell_paths,
    client_text,
    issuer,
    made_id,
    policy_text,
    pseudonym_paths,
    role_document,
    workload,
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One resource.

    Attributes:
        type: its type.
        cluster: the alias of its provider; empty where it has none.
        key: the arguments that tell it from others of its type.
        arguments: all that it may say, and must: None means nothing; a `MadeId`, an id that is
            known after the apply only.
    """

    type: str
    cluster: str
    key: tuple[str, ...]
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class VaultPart:
    """A stack's part of Vault.

    Attributes:
        clusters: alias of the provider -> address.
        login: where Terraform logs in; None where the estate trusts no CI.
        wanted: every resource.
        told: runtime -> what its environment says under `STUDIO_VAULT`.
        audience: for whom the tokens of its runtimes are; empty where it has none.
    """

    clusters: Mapping[str, str]
    login: str | None
    wanted: tuple[Wanted, ...]
    told: Mapping[str, str] = field(default_factory=dict)
    audience: str = ""


def of_cell(estate: Estate, cell: Cell) -> VaultPart | None:
    """What a cell has; None where it has no runtime."""
    if not cell.runtimes or cell.vault_address is None:
        return None
    own = names.cell(cell.scope, cell.vault_isolation)
    keys = {names.class_key(each.name): ENVELOPE for each in cell.data_classes}
    found = [*_place("", own, {**keys, names.SIGNING_KEY: SIGNATURE}, cell.id)]
    found.append(_mount("", own, names.kv_mount(own), "kv", f"Secrets of {cell.id}."))
    shared = names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation)
    for place in (own, shared):
        found += _login(cell, place, own=place is own)
    return VaultPart(
        clusters={"": cell.vault_address},
        login=_ci(estate),
        wanted=tuple(found),
        told={each.name: client_text(cell, each) for each in cell.runtimes},
        audience=names.audience(cell.scope, tenant=cell.account.tenant),
    )


def of_core(estate: Estate) -> VaultPart:
    """What the core has, in every cluster."""
    isolation = estate.spec.vault.isolation
    home = estate.core_region.jurisdiction.lower()
    own = names.cell(estate.core_scope, isolation)
    found = [*_place(home, own, {names.SIGNING_KEY: SIGNATURE}, "the core")]
    keys = {names.class_key(each.name): ENVELOPE for each in estate.data_classes}
    for jurisdiction in estate.spec.vault.clusters:
        shared = names.shared(estate.studio, jurisdiction, isolation)
        found += _place(jurisdiction.lower(), shared, keys, f"pseudonyms in {jurisdiction}")
    clusters = {name.lower(): address for name, address in estate.spec.vault.clusters.items()}
    return VaultPart(clusters=clusters, login=_ci(estate), wanted=tuple(found))


def _ci(estate: Estate) -> str | None:
    return None if estate.spec.ci is None else names.ci_mount(estate.studio)


def _place(
    cluster: str, place: names.Place, keys: Mapping[str, str], about: str
) -> Iterator[Wanted]:
    if place.namespace:
        yield Wanted(
            type="vault_namespace",
            cluster=cluster,
            key=("path", "namespace"),
            arguments={"path": place.namespace, "namespace": None},
        )
    transit = names.transit_mount(place)
    yield _mount(cluster, place, transit, "transit", f"Keys of {about}.")
    for name, kind in keys.items():
        yield Wanted(
            type="vault_transit_secret_backend_key",
            cluster=cluster,
            key=("namespace", "backend", "name"),
            arguments={
                "namespace": place.namespace or None,
                "backend": transit,
                "name": name,
                "type": kind,
                "exportable": False,
                "allow_plaintext_backup": False,
                "deletion_allowed": False,
            },
        )


def _mount(cluster: str, place: names.Place, path: str, kind: str, about: str) -> Wanted:
    return Wanted(
        type="vault_mount",
        cluster=cluster,
        key=("namespace", "path"),
        arguments={
            "namespace": place.namespace or None,
            "path": path,
            "type": kind,
            "options": {"version": "2"} if kind == "kv" else None,
            "description": about,
        },
    )


def _login(cell: Cell, place: names.Place, *, own: bool) -> Iterator[Wanted]:
    signer = issuer(cell.account)
    if signer is None:
        return
    namespace, mount = place.namespace or None, names.auth_mount(cell.scope, place)
    yield Wanted(
        type="vault_jwt_auth_backend",
        cluster="",
        key=("namespace", "path"),
        arguments={
            "namespace": namespace,
            "path": mount,
            "type": "jwt",
            "description": f"Runtimes of {cell.id}.",
            "oidc_discovery_url": signer,
            "bound_issuer": signer,
            "jwt_supported_algs": tuple(SIGNATURES),
        },
    )
    for runtime in cell.runtimes:
        policy = names.policy(cell.scope, runtime.name, place)
        paths = cell_paths if own else pseudonym_paths
        yield Wanted(
            type="vault_policy",
            cluster="",
            key=("namespace", "name"),
            arguments={
                "namespace": namespace,
                "name": policy,
                "policy": policy_text(paths(place, runtime)),
            },
        )
        yield Wanted(
            type="vault_jwt_auth_backend_role",
            cluster="",
            key=("namespace", "backend", "role_name"),
            arguments={
                "namespace": namespace,
                "backend": mount,
                "role_name": names.role(cell.scope, runtime.name),
                **_role(cell, runtime, policy),
            },
        )


def _role(cell: Cell, runtime: Runtime, policy: str) -> dict[str, Any]:
    made = made_id(cell, runtime)
    who = workload(cell, runtime, subject=_MADE if made else None)
    document = role_document(who, policy, [cell.network], Lease())

    def put(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: put(each) for name, each in value.items()}
        if isinstance(value, list):
            return tuple(value)
        return made if value == _MADE else value

    return {name: put(value) for name, value in document.items()}


_MADE = json.dumps("made by the cloud")
