"""Find what changed behind Terraform's back."""

from agent_studio.delivery.drift.detection import StackDrift, detect_all
from agent_studio.delivery.drift.differences import Drifted

__all__ = ["Drifted", "StackDrift", "detect_all"]
