"""Where agents run."""

from agent_studio.constructs.aws.runtime.block import AgentRuntime
from agent_studio.constructs.aws.runtime.cluster import RuntimeCluster

__all__ = ["AgentRuntime", "RuntimeCluster"]
