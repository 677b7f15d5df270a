"""The keys of a cell."""

from agent_studio.constructs.azure.keys.block import OPERATIONS, CellKeys
from agent_studio.constructs.azure.keys.vault import Key

__all__ = ["OPERATIONS", "CellKeys", "Key"]
