"""The logs of a cell."""

from agent_studio.constructs.azure.logs.block import LogPipeline

__all__ = ["LogPipeline"]
