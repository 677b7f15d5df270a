"""Regions outside the account's legal areas are closed to the roles of its CI."""

from collections.abc import Iterable, Sequence

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from agent_studio.constructs.aws.global_services import GLOBAL_ACTIONS
from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names


class RegionDeny(Construct):
    """A managed policy that denies every regional call outside the given regions.

    Guarantee: the roles that it binds cannot call a regional service in any other region, whatever
    else they are granted; global services (`GLOBAL_ACTIONS`) are left out.

    It names every region of the jurisdictions in which the account has cells, so that a region
    added within them changes no guardrails. The exact regions of the estate are a fence of their
    own: `studio bootstrap` puts it on the roles under which Terraform runs, which no stack may
    touch, and moves it when it makes a new region's state bucket.

    An account's own stack cannot bind principals that it did not make, nor itself against its
    administrator: that takes a service control policy, which only the organization's management
    account can attach. The document is the same one; attach `region_deny_document` there too.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        regions: the regions to leave open.
        roles: construct id and name of each of the stack's own roles to bind.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        regions: Iterable[str],
        roles: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(scope, id_)
        name = names.policy(place, "region-deny")
        policy = IamPolicy(
            self,
            "policy",
            name=name,
            description="Denies every region outside the account's jurisdictions.",
            policy=region_deny_document(regions),
            tags=tags(name),
        )
        for purpose, role in roles:
            IamRolePolicyAttachment(self, purpose, role=role, policy_arn=policy.arn)


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
