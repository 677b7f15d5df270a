"""The network of a cell."""

from agent_studio.constructs.aws.network.block import CellNetwork

__all__ = ["CellNetwork"]
