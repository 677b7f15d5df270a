"""Names and paths in Vault. Where Vault states no limit, they keep to the alphabet of its examples.

A cell has all that it needs in one place of its jurisdiction's cluster: a namespace or, for a Vault
without namespaces, a prefix of all its paths. Within the place, paths are the same in both ways.

`place` is what `cell` or `shared` gives; `purpose` is a short noun in kebab case, such as a
runtime's name.
"""

import re
from dataclasses import dataclass
from typing import Literal

from agent_studio.estate.names.digest import fitted
from agent_studio.estate.scope import Scope

Isolation = Literal["namespace", "prefix"]
CiPurpose = Literal["plan", "apply", "gate"]

JOB_TOKEN = "TERRAFORM_VAULT_AUTH_JWT"  # noqa: S105 - the name of a variable
"""Variable that holds the token of a CI's job, where Vault's provider looks for it (Vault provider,
`auth_login_jwt`)."""

SIGNING_KEY = "signing"
"""The transit key with which the place's runtimes sign."""

_LIMIT = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A part of a cluster that is held apart from all others.

    Attributes:
        label: its name, unique in the cluster.
        isolation: how it is held apart.
    """

    label: str
    isolation: Isolation

    @property
    def namespace(self) -> str:
        """The namespace, as `X-Vault-Namespace` takes it; empty for the root namespace."""
        return self.label if self.isolation == "namespace" else ""

    @property
    def prefix(self) -> str:
        """What every mount's path begins with; empty where there is a namespace."""
        return f"{self.label}/" if self.isolation == "prefix" else ""


def cell(scope: Scope, isolation: Isolation) -> Place:
    """The place of one stack: of a cell, or of the core."""
    return Place(label=fitted(scope.studio, scope.stack, limit=_LIMIT), isolation=isolation)


def shared(studio: str, jurisdiction: str, isolation: Isolation) -> Place:
    """The place of what a jurisdiction's cells share: the keys of their pseudonyms."""
    label = fitted(studio, "pseudonyms", jurisdiction, limit=_LIMIT)
    return Place(label=label, isolation=isolation)


def kv_mount(place: Place) -> str:
    """Where the place's secrets are mounted (KV, version 2)."""
    return f"{place.prefix}kv"


def transit_mount(place: Place) -> str:
    """Where the place's keys are mounted (transit)."""
    return f"{place.prefix}transit"


def auth_mount(scope: Scope, place: Place) -> str:
    """Where the `jwt` method is mounted by which a cell's workloads log in, without `auth/`.

    Each cell has its own, in the shared place too: no stack owns what another one uses.
    """
    return f"{place.prefix}{fitted('jwt', scope.stack, limit=_LIMIT)}"


def role(scope: Scope, purpose: str) -> str:
    """Role of the `jwt` method: unique over all cells, so that it means one thing everywhere."""
    return fitted(scope.studio, purpose, scope.stack, limit=_LIMIT)


def policy(scope: Scope, purpose: str, place: Place) -> str:
    """Policy for a place: lower case, as Vault stores it; never `root` or `default`.

    Where places are prefixes, all policies lie in one namespace, so the place is part of the name.
    """
    return fitted(scope.studio, purpose, scope.stack, place.label, limit=_LIMIT)


def secrets(purpose: str) -> str:
    """Path under the KV mount below which a runtime's secrets lie."""
    return f"runtimes/{purpose}"


def class_key(data_class: str) -> str:
    """Transit key of a data class: for envelopes in a cell, for pseudonyms in the shared place."""
    return f"class-{data_class}"


def variable(name: str, jurisdiction: str) -> str:
    """Variable of the environment that says the same as one of Vault's own, for one cluster.

    Args:
        name: Vault's own, e.g. `VAULT_TOKEN`.
        jurisdiction: whose cluster.

    >>> variable("VAULT_TOKEN", "EU")
    'VAULT_TOKEN_EU'
    """
    return f"{name}_{re.sub(r'[^A-Z0-9]', '_', jurisdiction.upper())}"


def audience(scope: Scope, *, tenant: str | None = None) -> str:
    """The audience of the tokens with which workloads log in; one for each stack.

    So a token that one cell's cluster has seen is of no use in another cell. On Azure it is the
    identifier of an application of the tenant, which must hold the tenant's id (Entra,
    "Restrictions on identifier URIs").

    Args:
        scope: the stack.
        tenant: the Entra tenant's UUID; Azure only.
    """
    label = fitted(scope.studio, scope.stack, limit=_LIMIT)
    return f"api://{tenant}/{label}" if tenant else f"vault://{label}"


def ci_mount(studio: str) -> str:
    """Where the `jwt` method is mounted by which the estate's CI logs in, without `auth/`.

    It stands in the root namespace of every cluster, and `studio bootstrap` makes it. No place's
    label is like it, since those end with a digest.
    """
    return f"{studio}-ci"


def ci_role(studio: str, purpose: CiPurpose) -> str:  # noqa: ARG001 - the mount names the studio
    """Role of CI's mount: what a job logs in as."""
    return purpose


def ci_policy(studio: str, purpose: CiPurpose) -> str:
    """Policy of the root namespace that CI's role of that name gives."""
    return f"{studio}-ci-{purpose}"


def ci_audience(studio: str) -> str:
    """The audience of the tokens with which CI's jobs log in; no cell's is like it."""
    return f"vault://{studio}"


def kill_policy(studio: str) -> str:
    """Policy of the root namespace for whoever may kill (docs/runbooks/kill.md)."""
    return f"{studio}-kill"


def drift_policy(studio: str) -> str:
    """Policy of the root namespace for whoever looks at drift (docs/runbooks/drift.md)."""
    return f"{studio}-drift"
