"""Each cloud's stacks, imported once one is wanted.

An estate loads the bindings of the clouds that it uses, and no others.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agent_studio.estate import Cloud

Stack = Callable[..., Any]
"""A stack's class. Every cloud's has the same parameters."""


def _aws_cell() -> Stack:
    from agent_studio.stacks.cell import CellStack

    return CellStack


def _aws_core() -> Stack:
    from agent_studio.stacks.core import CoreStack

    return CoreStack


def _aws_guardrails() -> Stack:
    from agent_studio.stacks.guardrails import GuardrailsStack

    return GuardrailsStack


def _gcp_cell() -> Stack:
    from agent_studio.stacks.gcp.cell import GcpCellStack

    return GcpCellStack


def _gcp_core() -> Stack:
    from agent_studio.stacks.gcp.core import GcpCoreStack

    return GcpCoreStack


def _gcp_guardrails() -> Stack:
    from agent_studio.stacks.gcp.guardrails import GcpGuardrailsStack

    return GcpGuardrailsStack


def _azure_cell() -> Stack:
    from agent_studio.stacks.azure.cell import AzureCellStack

    return AzureCellStack


def _azure_core() -> Stack:
    from agent_studio.stacks.azure.core import AzureCoreStack

    return AzureCoreStack


def _azure_guardrails() -> Stack:
    from agent_studio.stacks.azure.guardrails import AzureGuardrailsStack

    return AzureGuardrailsStack


CELLS: Mapping[Cloud, Callable[[], Stack]] = {
    Cloud.AWS: _aws_cell,
    Cloud.GCP: _gcp_cell,
    Cloud.AZURE: _azure_cell,
}
"""Cloud -> what imports the stack of its cells."""

GUARDRAILS: Mapping[Cloud, Callable[[], Stack]] = {
    Cloud.AWS: _aws_guardrails,
    Cloud.GCP: _gcp_guardrails,
    Cloud.AZURE: _azure_guardrails,
}
"""Cloud -> what imports the stack of an account's guardrails."""

CORES: Mapping[Cloud, Callable[[], Stack]] = {
    Cloud.AWS: _aws_core,
    Cloud.GCP: _gcp_core,
    Cloud.AZURE: _azure_core,
}
"""Cloud -> what imports the core's stack."""
