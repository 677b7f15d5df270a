"""The keys of a cell."""

from agent_studio.constructs.gcp.keys.block import OPERATIONS, CellKeys

__all__ = ["OPERATIONS", "CellKeys"]
