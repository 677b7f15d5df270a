"""The stores of a cell: data that stays in its region."""

from agent_studio.constructs.azure.store.access_logs import AccessLogs
from agent_studio.constructs.azure.store.audit import AuditStore
from agent_studio.constructs.azure.store.block import ResidentStore

__all__ = ["AccessLogs", "AuditStore", "ResidentStore"]
