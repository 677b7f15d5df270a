"""The network of a cell."""

from agent_studio.constructs.gcp.network.block import CellNetwork

__all__ = ["CellNetwork"]
