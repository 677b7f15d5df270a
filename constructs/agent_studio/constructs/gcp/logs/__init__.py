"""The logs of a cell."""

from agent_studio.constructs.gcp.logs.block import LogPipeline

__all__ = ["LogPipeline"]
