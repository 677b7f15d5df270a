"""The logs of a cell."""

from agent_studio.constructs.aws.logs.block import LogPipeline

__all__ = ["LogPipeline"]
