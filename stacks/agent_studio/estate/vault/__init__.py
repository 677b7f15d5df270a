"""Who a cell's runtimes are to Vault, what they may do there, and what they are told.

Pure functions of the estate: the constructs write them into stacks, the gate holds plans to them,
and the agent's client reads what `client` writes.
"""

from agent_studio.estate.vault.access import (
    ENVELOPE,
    SELF,
    SIGNATURE,
    SIGNATURES,
    Lease,
    cell_paths,
    policy_text,
    pseudonym_paths,
    role_document,
)
from agent_studio.estate.vault.client import VARIABLE, client_document, client_text
from agent_studio.estate.vault.inventory import DeclaredPlace, ci_purposes, inventory
from agent_studio.estate.vault.workloads import MadeId, Workload, issuer, made_id, workload

__all__ = [
    "ENVELOPE",
    "SELF",
    "SIGNATURE",
    "SIGNATURES",
    "VARIABLE",
    "DeclaredPlace",
    "Lease",
    "MadeId",
    "Workload",
    "cell_paths",
    "ci_purposes",
    "client_document",
    "client_text",
    "inventory",
    "issuer",
    "made_id",
    "policy_text",
    "pseudonym_paths",
    "role_document",
    "workload",
]
