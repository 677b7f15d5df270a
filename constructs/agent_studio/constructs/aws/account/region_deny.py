"""Regions outside the estate are closed to the roles that deploy."""

from collections.abc import Iterable

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

GLOBAL_ACTIONS = (
    "access-analyzer:*",
    "aws-portal:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "health:*",
    "iam:*",
    "organizations:*",
    "route53:*",
    "s3:GetAccountPublic*",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublic*",
    "shield:*",
    "sts:*",
    "support:*",
    "tag:*",
    "trustedadvisor:*",
)
"""Services whose endpoint lies in one region for all (AWS Organizations User Guide, example SCP
"Deny access to AWS based on the requested AWS Region")."""

GUARDED_ROLES = ("plan", "apply")
"""The account's roles that `studio bootstrap` makes and Terraform runs under."""


class RegionDeny(Construct):
    """A managed policy that denies every regional call outside the account's regions of the estate.

    It is attached to the roles under which Terraform runs. An account's own stack cannot bind
    principals that it did not make, nor itself against its administrator: that takes a service
    control policy, which only the organization's management account can attach. The document is
    the same one; who has that account attaches `region_deny_document` there too.

    A region is taken out of the estate only after its cell is destroyed: afterwards the apply role
    cannot reach it any more.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        regions: the account's regions in the estate.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, regions: Iterable[str]) -> None:
        super().__init__(scope, id_)
        name = names.policy(place, "region-deny")
        policy = IamPolicy(
            self,
            "policy",
            name=name,
            description="Denies every region outside the estate.",
            policy=region_deny_document(regions),
            tags=tags(name),
        )
        for purpose in GUARDED_ROLES:
            IamRolePolicyAttachment(
                self,
                purpose,
                role=names.account_role(place.studio, purpose),
                policy_arn=policy.arn,
            )


def region_deny_document(regions: Iterable[str]) -> str:
    """Render the denial of every region but the given ones, global services left out.

    >>> '"aws:RequestedRegion":["eu-west-1"]' in region_deny_document(["eu-west-1"])
    True
    """
    return document(
        statement(
            "RegionsOutsideTheEstate",
            effect="Deny",
            not_actions=True,
            actions=GLOBAL_ACTIONS,
            condition={"StringNotEquals": {"aws:RequestedRegion": sorted(set(regions))}},
        )
    )
