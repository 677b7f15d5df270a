"""Ways to break a cell on Azure, or the guardrails of its subscription."""

from policies.breaches_azure.cell import (
    AzureCell,
    AzureGuardrails,
    Breach,
    DeclaredCell,
    DeclaredGuardrails,
)
from policies.breaches_azure.table import BREACHES

__all__ = [
    "BREACHES",
    "AzureCell",
    "AzureGuardrails",
    "Breach",
    "DeclaredCell",
    "DeclaredGuardrails",
]
