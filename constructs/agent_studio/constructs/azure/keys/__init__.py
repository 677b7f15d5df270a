"""The keys of a cell."""

from agent_studio.constructs.azure.keys.block import OPERATIONS, CellKeys

__all__ = ["OPERATIONS", "CellKeys"]
