"""What the organization's rules forbid in a project.

Sources: Organization Policy, "Restricting resource locations" (value groups such as
`in:europe-west3-locations`; acts on new resources, and on none that is global) and "Organization
policy constraints".
"""

from collections.abc import Iterable, Sequence

from cdktf_cdktf_provider_google.org_policy_policy import (
    OrgPolicyPolicy,
    OrgPolicyPolicySpec,
    OrgPolicyPolicySpecRules,
    OrgPolicyPolicySpecRulesValues,
)
from constructs import Construct

from agent_studio.estate import Scope

LOCATIONS = "gcp.resourceLocations"

ENFORCED = (
    "compute.disableSerialPortAccess",
    "compute.skipDefaultNetworkCreation",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "sql.restrictPublicIp",
    "storage.publicAccessPrevention",
    "storage.uniformBucketLevelAccess",
)
"""Constraints that are on or off, and are on."""

NONE_ALLOWED = ("compute.vmExternalIpAccess",)
"""Constraints that list what is allowed, and allow nothing."""

ALLOWED = {
    "run.allowedBinaryAuthorizationPolicies": ("default",),
    "run.allowedIngress": ("internal",),
    "run.allowedVPCEgress": ("all-traffic",),
}
"""Constraints that list what is allowed, and the only values that are."""


class OrganizationPolicies(Construct):
    """Organization policies on the project itself, which no inherited one widens.

    Guarantee: new resources with a location lie in the regions that are left open. No service
    account gets a key, no bucket public access or access lists, no machine an external address; a
    service on Cloud Run is reached from inside alone, sends everything through its network and
    runs admitted images alone. The default service accounts get no role by themselves.

    Setting a policy takes a role that only the organization can grant (Organization Policy,
    "Required roles"). Global resources are outside of the locations' reach.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        regions: names of the regions that stay open to the project.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, regions: Iterable[str]) -> None:
        super().__init__(scope, id_)
        self._project = place.account_id
        self._set(LOCATIONS, _only([f"in:{each}-locations" for each in sorted(set(regions))]))
        for constraint in ENFORCED:
            self._set(constraint, OrgPolicyPolicySpecRules(enforce="TRUE"))
        for constraint in NONE_ALLOWED:
            self._set(constraint, OrgPolicyPolicySpecRules(deny_all="TRUE"))
        for constraint, values in ALLOWED.items():
            self._set(constraint, _only(values))

    def _set(self, constraint: str, rule: OrgPolicyPolicySpecRules) -> None:
        parent = f"projects/{self._project}"
        # A policy that is on or off inherits nothing; one with values could, and shall not.
        inherits = False if constraint not in ENFORCED else None
        OrgPolicyPolicy(
            self,
            constraint,
            name=f"{parent}/policies/{constraint}",
            parent=parent,
            spec=OrgPolicyPolicySpec(inherit_from_parent=inherits, rules=[rule]),
        )


def _only(values: Sequence[str]) -> OrgPolicyPolicySpecRules:
    return OrgPolicyPolicySpecRules(
        values=OrgPolicyPolicySpecRulesValues(allowed_values=list(values))
    )
