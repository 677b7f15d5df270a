"""The stores of a cell: data that stays in its region."""

from agent_studio.constructs.azure.store.block import AccessLogs, ResidentStore

__all__ = ["AccessLogs", "ResidentStore"]
