"""Where agents run."""

from agent_studio.constructs.gcp.runtime.block import AgentRuntime

__all__ = ["AgentRuntime"]
