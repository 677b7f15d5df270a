"""Agents of a rehearsed estate: each proves where it runs, and gets what its cell holds alone."""

from agent_studio.rehearsal.agents.attempts import has_login, try_agents

__all__ = ["has_login", "try_agents"]
