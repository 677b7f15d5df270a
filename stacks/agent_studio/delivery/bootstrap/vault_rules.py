"""What CI may do in a jurisdiction's Vault cluster, and as whom it logs in.

Paths are those that Terraform's provider calls for namespaces, mounts, transit keys, `jwt` methods,
their roles, and policies (hashicorp/terraform-provider-vault 5, `vault/resource_*.go`;
hashicorp/vault, `api/sys_*.go`). Every path names its place in full: a glob such as `acme-*` would
be one over the estate `acme-eu`, too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_studio.estate import CiSpec, Estate, Scope
from agent_studio.estate.model import Cell
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import SELF, cell_paths, policy_text, pseudonym_paths

TTL_SECONDS = 900
MAX_TTL_SECONDS = 3600

ALGORITHM = "RS256"
"""What signs CI's tokens (GitHub Docs, "OpenID Connect reference")."""

_LEEWAY_SECONDS = 30

_READ = ("read",)
_CHANGE = ("create", "read", "update", "delete")
_ANY: list[Any] = []
"""Every value of a parameter (Vault, "Policies", "Parameter constraints")."""

_OTHERS = {"*": _ANY}
_ENGINE = (
    "config",
    "description",
    "external_entropy_access",
    "local",
    "options",
    "seal_wrap",
)
_TUNED = (
    "default_lease_ttl",
    "description",
    "force_no_cache",
    "max_lease_ttl",
    "options",
    "token_type",
)
"""What may be tuned. What makes audit logs show values in clear is not among it."""

_NEVER_SHOWN = {"exportable": [False], "allow_plaintext_backup": [False]}
"""A key that could be taken out once can be for ever."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A path of CI's policies.

    Attributes:
        path: as Vault's policies take it, from the root namespace.
        plan: what `plan` may do there; nothing if empty.
        apply: what `apply` may do there; nothing if empty.
        gate: what `gate` may do there; nothing if empty.
        allowed: the parameters that `apply` may send, each with its values; all if empty.
        denied: parameters that it may not send.
    """

    path: str
    plan: tuple[str, ...] = ()
    apply: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    allowed: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    denied: tuple[str, ...] = ()


def rules(estate: Estate, jurisdiction: str) -> tuple[Rule, ...]:
    """Give the rules for one jurisdiction's cluster, by path, each path once.

    Args:
        estate: the estate.
        jurisdiction: whose cluster.
    """
    found = {rule.path: rule for rule in _rules(estate, jurisdiction)}
    return tuple(found[path] for path in sorted(found))


def _rules(estate: Estate, jurisdiction: str) -> Iterator[Rule]:
    for path, allowed in SELF.items():
        yield Rule(path=path, plan=tuple(allowed), apply=tuple(allowed), gate=tuple(allowed))
    isolation = estate.spec.vault.isolation
    cells = [cell for cell in estate.cells if cell.jurisdiction == jurisdiction]
    shared = names.shared(estate.studio, jurisdiction, isolation)
    yield from _place(shared)
    if estate.core_region.jurisdiction == jurisdiction:
        core = names.cell(estate.core_scope, isolation)
        yield from _place(core)
        yield from _signing(core)
    for cell in cells:
        own = names.cell(cell.scope, isolation)
        yield from _place(own)
        yield from _engine(own, names.kv_mount(own), "kv", "kv-v2")
        for place in (own, shared):
            yield from _login(cell.scope, place)
            if not place.namespace:
                yield from _pinned(cell, place, own)


def policy_document(found: Sequence[Rule], purpose: names.CiPurpose) -> str:
    """Write the rules as one of the policies.

    Args:
        found: the rules of a cluster.
        purpose: whose policy.

    Returns:
        HCL ("Policy syntax").
    """
    lines: list[str] = []
    for rule in found:
        capabilities = {"plan": rule.plan, "apply": rule.apply, "gate": rule.gate}[purpose]
        if not capabilities:
            continue
        lines += [
            f"path {json.dumps(rule.path)} {{",
            f"  capabilities = {json.dumps(capabilities)}",
        ]
        if purpose == "apply":
            lines += _parameters("allowed_parameters", rule.allowed)
            lines += _parameters("denied_parameters", dict.fromkeys(rule.denied, _ANY))
        lines.append("}")
    return "\n".join(lines)


def ci_role_document(studio: str, ci: CiSpec, purpose: names.CiPurpose) -> dict[str, Any]:
    """Write a role of CI's mount: the jobs of one repository, with one policy.

    Everything that could widen the role is set, since Vault keeps what a write leaves out. The
    subjects are those that the roles and accounts of CI take on AWS and Google Cloud. Tokens are of
    type `service`, so that they are in Vault's lists and can be revoked.

    Args:
        studio: the estate's name.
        ci: its CI.
        purpose: `plan`, `apply` or `gate`.

    Returns:
        the arguments of Vault's API, "JWT/OIDC auth method", "Create/update role".
    """
    environment = f"repo:{ci.repository}:environment:{ci.environment}"
    pull_request = f"repo:{ci.repository}:pull_request"
    subjects = [pull_request, environment] if purpose == "plan" else [environment]
    return {
        "role_type": "jwt",
        "user_claim": "sub",
        "groups_claim": "",
        "claim_mappings": {},
        "bound_audiences": [names.ci_audience(studio)],
        "bound_subject": "",
        "bound_claims_type": "string",
        "bound_claims": {"sub": subjects},
        "clock_skew_leeway": _LEEWAY_SECONDS,
        "expiration_leeway": _LEEWAY_SECONDS,
        "not_before_leeway": _LEEWAY_SECONDS,
        "token_policies": [names.ci_policy(studio, purpose)],
        "token_no_default_policy": True,
        "token_bound_cidrs": [str(each) for each in ci.addresses],
        "token_ttl": TTL_SECONDS,
        "token_max_ttl": MAX_TTL_SECONDS,
        "token_explicit_max_ttl": MAX_TTL_SECONDS,
        "token_period": 0,
        "token_num_uses": 0,
        "token_type": "service",
    }


def _place(place: names.Place) -> Iterator[Rule]:
    if place.namespace:
        yield Rule(
            path=f"sys/namespaces/{place.namespace}",
            plan=_READ,
            apply=(*_CHANGE, "patch"),
            # None of OpenBao's seals of a namespace's own.
            allowed={"custom_metadata": _ANY},
        )
    transit = names.transit_mount(place)
    yield from _engine(place, transit, "transit")
    key = _at(place, f"{transit}/keys/+")
    guarded = {**_NEVER_SHOWN, **_OTHERS}
    yield Rule(path=key, plan=_READ, apply=_CHANGE, allowed=guarded)
    yield Rule(path=f"{key}/config", apply=("create", "update"), allowed=guarded)


def _signing(place: names.Place) -> Iterator[Rule]:
    """Sign gate records and bundles by the core's key, and see its public halves."""
    transit = names.transit_mount(place)
    yield Rule(path=_at(place, f"{transit}/sign/{names.SIGNING_KEY}"), gate=("update",))
    yield Rule(path=_at(place, f"{transit}/keys/{names.SIGNING_KEY}"), gate=_READ)


def _engine(place: names.Place, path: str, *kinds: str) -> Iterator[Rule]:
    mount = _at(place, f"sys/mounts/{path}")
    yield Rule(path=mount, plan=_READ, apply=_CHANGE, allowed=_mounted(*kinds))
    yield Rule(path=f"{mount}/tune", apply=("update",), allowed=dict.fromkeys(_TUNED, _ANY))


def _login(scope: Scope, place: names.Place) -> Iterator[Rule]:
    mount = names.auth_mount(scope, place)
    # All below `sys/auth/` asks for `sudo`. It is read below `sys/mounts/auth/`, which does not.
    yield Rule(
        path=_at(place, f"sys/auth/{mount}"),
        apply=("create", "update", "delete", "sudo"),
        allowed=_mounted("jwt"),
    )
    read = _at(place, f"sys/mounts/auth/{mount}")
    yield Rule(path=read, plan=_READ, apply=_READ)
    yield Rule(
        path=f"{read}/tune",
        plan=_READ,
        apply=("read", "update"),
        allowed=dict.fromkeys(_TUNED, _ANY),
    )
    login = _at(place, f"auth/{mount}")
    yield Rule(path=f"{login}/config", plan=_READ, apply=("create", "read", "update"))
    if place.namespace:
        yield Rule(path=f"{login}/role/+", plan=_READ, apply=_CHANGE)
        policies = _at(place, f"sys/policies/acl/{scope.studio}-*")
        yield Rule(path=policies, plan=_READ, apply=_CHANGE)


def _pinned(cell: Cell, place: names.Place, own: names.Place) -> Iterator[Rule]:
    """Hold roles and policies of the root namespace to what the estate says.

    Whoever could write a policy there, or name one in a role, could give himself the cluster.
    """
    paths = cell_paths if place == own else pseudonym_paths
    for runtime in cell.runtimes:
        policy = names.policy(cell.scope, runtime.name, place)
        yield Rule(
            path=f"sys/policies/acl/{policy}",
            plan=_READ,
            apply=_CHANGE,
            allowed={"policy": [policy_text(paths(place, runtime))]},
        )
        login = f"auth/{names.auth_mount(cell.scope, place)}"
        yield Rule(
            path=f"{login}/role/{names.role(cell.scope, runtime.name)}",
            plan=_READ,
            apply=_CHANGE,
            allowed={"token_policies": [[policy]], **_OTHERS},
            # The same under its older name.
            denied=("policies",),
        )


def _mounted(*kinds: str) -> dict[str, Sequence[Any]]:
    return {"type": kinds, **dict.fromkeys(_ENGINE, _ANY)}


def _at(place: names.Place, path: str) -> str:
    return f"{place.namespace}/{path}" if place.namespace else path


def _parameters(name: str, values: Mapping[str, Sequence[Any]]) -> list[str]:
    if not values:
        return []
    inner = [f"    {json.dumps(key)} = {json.dumps(list(each))}" for key, each in values.items()]
    return [f"  {name} = {{", *inner, "  }"]
