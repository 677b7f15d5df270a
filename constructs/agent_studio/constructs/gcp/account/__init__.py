"""What holds in a whole project, whatever its cells do: the blocks of `guardrails-<account>`."""

from agent_studio.constructs.gcp.account.budget import ProjectBudget
from agent_studio.constructs.gcp.account.ci import CiIdentities
from agent_studio.constructs.gcp.account.images import AdmittedImages
from agent_studio.constructs.gcp.account.policies import OrganizationPolicies
from agent_studio.constructs.gcp.account.services import ProjectServices
from agent_studio.constructs.gcp.account.trail import ProjectTrail

__all__ = [
    "AdmittedImages",
    "CiIdentities",
    "OrganizationPolicies",
    "ProjectBudget",
    "ProjectServices",
    "ProjectTrail",
]
