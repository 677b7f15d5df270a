"""What is in Vault that nobody declared: Terraform does not see what no stack knows."""

from agent_studio.delivery.drift.vault.detection import look

__all__ = ["look"]
