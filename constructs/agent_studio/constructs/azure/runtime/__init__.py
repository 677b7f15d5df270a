"""Where agents run."""

from agent_studio.constructs.azure.runtime.block import AgentRuntime

__all__ = ["AgentRuntime"]
