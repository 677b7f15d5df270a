"""Who a cell's runtimes are to Vault, what they may do there, and what they are told.

Pure functions of the estate: the constructs write them into stacks, the gate holds plans to them,
and the agent's client reads what `client` writes.
"""

from agent_studio.estate.vault.access import (
    SELF,
    SIGNATURES,
    Lease,
    cell_paths,
    policy_text,
    pseudonym_paths,
    role_document,
)
from agent_studio.estate.vault.client import VARIABLE, client_document, client_text
from agent_studio.estate.vault.inventory import DeclaredPlace, inventory
from agent_studio.estate.vault.workloads import Workload, issuer, workload

__all__ = [
    "SELF",
    "SIGNATURES",
    "VARIABLE",
    "DeclaredPlace",
    "Lease",
    "Workload",
    "cell_paths",
    "client_document",
    "client_text",
    "inventory",
    "issuer",
    "policy_text",
    "pseudonym_paths",
    "role_document",
    "workload",
]
