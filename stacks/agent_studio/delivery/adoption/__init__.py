"""Find what Terraform made but could not record, and take it into the state."""

from agent_studio.delivery.adoption.rules import Rule, load_rules

__all__ = ["Rule", "load_rules"]
