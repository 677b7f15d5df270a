"""What holds in a whole subscription, whatever its cells do: `guardrails-<account>`'s blocks."""

from agent_studio.constructs.azure.account.budget import SubscriptionBudget
from agent_studio.constructs.azure.account.policies import SubscriptionPolicies
from agent_studio.constructs.azure.account.trail import SubscriptionTrail

__all__ = ["SubscriptionBudget", "SubscriptionPolicies", "SubscriptionTrail"]
