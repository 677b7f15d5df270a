"""Every way that is tried, by what it breaks."""

from collections.abc import Iterator, Mapping

from policies.breaches.breach import BOTH
from policies.breaches_azure.cell import (
    AzureCell,
    AzureGuardrails,
    Breach,
    DeclaredCell,
    DeclaredGuardrails,
)
from policies.breaches_azure.edits import Edit
from policies.breaches_azure.exposure import ENCRYPTION, EXPOSURE, UNKNOWN
from policies.breaches_azure.guardrails import (
    BUDGET,
    POLICIES,
    SUBSCRIPTION,
    TRAIL,
    TRAIL_PLANNED,
)
from policies.breaches_azure.identity import ISOLATION, PRINCIPALS, ROLES, TRUST
from policies.breaches_azure.models import ADDRESSED, MODELS, UNDECLARED
from policies.breaches_azure.network import DOORS, TIES, WAYS_OUT
from policies.breaches_azure.places import FOREIGN, MOVEMENTS, PLACES, WORKLOADS
from policies.breaches_azure.retention import PLANNED, RETENTION
from policies.breaches_azure.spellings import SPELLINGS, TOLD
from policies.breaches_azure.vault import VAULT

from agent_studio.policies import Stage

_PLAN = (Stage.PLAN,)
_PLACES = ("residency-location", "residency-store", "residency-replica", "residency-transfer")
_KEYS = ("encryption-key", "encryption-missing")
_OPEN = ("exposure-public", "exposure-ingress")
_NETWORK = ("egress-undeclared", "exposure-ingress", "isolation-network")
_PEOPLE = ("identity-principal", "identity-trust", "identity-privilege")
_MODELS = ("model-undeclared", "residency-model")
_LOST = ("data-bearing-destroyed", "data-bearing-unprotected", "data-protection-weakened")
_ACCOUNT = ("isolation-account",)

_TOPICS: tuple[
    tuple[str, type[AzureCell], tuple[Stage, ...], Mapping[str, Edit], tuple[str, ...]], ...
] = (
    ("places", AzureCell, BOTH, PLACES, (*_PLACES, *_ACCOUNT)),
    ("movements", AzureCell, BOTH, MOVEMENTS, (*_PLACES, *_ACCOUNT, *_KEYS, *_OPEN, *_NETWORK)),
    (
        "workloads",
        AzureCell,
        BOTH,
        WORKLOADS,
        (*_PLACES, *_ACCOUNT, *_MODELS, "identity-principal", "residency-secret"),
    ),
    ("foreign", AzureCell, BOTH, FOREIGN, (*_PLACES, *_ACCOUNT)),
    (
        "exposure",
        AzureCell,
        BOTH,
        EXPOSURE,
        (*_OPEN, *_PEOPLE, *_ACCOUNT, *_KEYS, "residency-transfer"),
    ),
    ("unknown types", AzureCell, BOTH, UNKNOWN, ()),
    ("undeclared models", AzureCell, BOTH, UNDECLARED, (*_MODELS, *_OPEN, *_KEYS)),
    (
        "models",
        DeclaredCell,
        BOTH,
        MODELS,
        (*_MODELS, *_OPEN, *_KEYS, *_PEOPLE, *_PLACES, *_NETWORK, *_ACCOUNT),
    ),
    ("addressed", DeclaredCell, BOTH, ADDRESSED, (*_OPEN, *_NETWORK)),
    ("encryption", AzureCell, BOTH, ENCRYPTION, (*_KEYS, *_PEOPLE, *_ACCOUNT, *_OPEN)),
    ("doors", AzureCell, BOTH, DOORS, (*_NETWORK, *_ACCOUNT)),
    ("ways out", AzureCell, BOTH, WAYS_OUT, (*_NETWORK, *_ACCOUNT, "residency-transfer")),
    ("vault", AzureCell, BOTH, VAULT, (*_NETWORK,)),
    ("ties", AzureCell, BOTH, TIES, (*_NETWORK, *_ACCOUNT, "residency-transfer")),
    ("roles", AzureCell, BOTH, ROLES, (*_PEOPLE, *_ACCOUNT)),
    ("principals", AzureCell, BOTH, PRINCIPALS, (*_PEOPLE, *_ACCOUNT)),
    ("trust", AzureCell, BOTH, TRUST, (*_PEOPLE, *_ACCOUNT, *_KEYS)),
    ("isolation", AzureCell, BOTH, ISOLATION, (*_ACCOUNT, "residency-store", *_LOST)),
    ("retention", AzureCell, BOTH, RETENTION, (*_LOST, *_OPEN)),
    ("loss", AzureCell, _PLAN, PLANNED, _LOST),
    ("spellings", AzureCell, BOTH, SPELLINGS, (*_PLACES, *_ACCOUNT, *_OPEN, *_KEYS, *_PEOPLE)),
    (
        "told by the plan",
        AzureCell,
        _PLAN,
        TOLD,
        (*_PLACES, *_ACCOUNT, *_OPEN, *_KEYS, *_PEOPLE, *_NETWORK),
    ),
    ("policies", AzureGuardrails, BOTH, POLICIES, (*_PLACES, *_ACCOUNT, *_OPEN)),
    (
        "trail",
        AzureGuardrails,
        BOTH,
        TRAIL,
        (*_PLACES, *_ACCOUNT, *_OPEN, *_KEYS, *_PEOPLE, *_LOST),
    ),
    ("trail's loss", AzureGuardrails, _PLAN, TRAIL_PLANNED, (*_LOST, *_OPEN)),
    (
        "subscription",
        AzureGuardrails,
        BOTH,
        SUBSCRIPTION,
        (*_PEOPLE, *_ACCOUNT, "residency-store", "residency-transfer"),
    ),
    ("budget", DeclaredGuardrails, BOTH, BUDGET, (*_PLACES, *_ACCOUNT)),
)
"""Topic, the stack that is broken, where it can be seen, its breaches, and the controls that are
about them. What nobody has reviewed can't be decided, and is denied for that."""


def _all() -> Iterator[Breach]:
    for topic, stack, stages, edits, controls in _TOPICS:
        for name, edit in edits.items():
            yield Breach(
                name=f"{topic}: {name}",
                of=stack,
                controls=frozenset(f"studio/{each}" for each in (*controls, "undecided")),
                edit=edit,
                stages=stages,
            )


BREACHES: tuple[Breach, ...] = tuple(_all())
"""Every breach, in the order of its topic."""
