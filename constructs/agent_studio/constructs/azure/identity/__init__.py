"""Who a runtime is, and what it may do."""

from agent_studio.constructs.azure.identity.block import WorkloadIdentity

__all__ = ["WorkloadIdentity"]
