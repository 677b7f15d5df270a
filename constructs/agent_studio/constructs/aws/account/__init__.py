"""What holds in a whole account, whatever its cells do: the blocks of `guardrails-<account>`."""

from agent_studio.constructs.aws.account.alarms import AccountAlarms
from agent_studio.constructs.aws.account.baseline import AccountBaseline, RegionalBaseline
from agent_studio.constructs.aws.account.bucket import SealedBucket
from agent_studio.constructs.aws.account.budget import AccountBudget
from agent_studio.constructs.aws.account.ci import CiRoles
from agent_studio.constructs.aws.account.core_tokens import CoreTokens
from agent_studio.constructs.aws.account.key import ManagedKey
from agent_studio.constructs.aws.account.region_deny import RegionDeny
from agent_studio.constructs.aws.account.trail import AccountTrail

__all__ = [
    "AccountAlarms",
    "AccountBaseline",
    "AccountBudget",
    "AccountTrail",
    "CiRoles",
    "CoreTokens",
    "ManagedKey",
    "RegionDeny",
    "RegionalBaseline",
    "SealedBucket",
]
