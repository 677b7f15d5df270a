"""The network of a cell."""

from agent_studio.constructs.azure.network.block import CellNetwork

__all__ = ["CellNetwork"]
