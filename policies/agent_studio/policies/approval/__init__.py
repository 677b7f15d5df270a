"""The fast path: which plans the machine may approve, and which ask for a named approver.

`news` tells what a plan adds to what stands, `approval_of` decides by `policies/cedar/approval/`
whether that needs a person, and `load_approvers` tells whose word counts.
"""

from agent_studio.policies.approval.approvers import (
    Approvers,
    approvers_file,
    checked,
    load_approvers,
)
from agent_studio.policies.approval.news import compared, news, standing
from agent_studio.policies.approval.rule import approval_of, approves, short

__all__ = [
    "Approvers",
    "approval_of",
    "approvers_file",
    "approves",
    "checked",
    "compared",
    "load_approvers",
    "news",
    "short",
    "standing",
]
