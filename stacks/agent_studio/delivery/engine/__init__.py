"""Terraform or OpenTofu: found, checked, configured and run as a process of its own."""

from agent_studio.delivery.engine.discovery import Engine, discover
from agent_studio.delivery.engine.process import Finished, Running, launch, run

__all__ = ["Engine", "Finished", "Running", "discover", "launch", "run"]
