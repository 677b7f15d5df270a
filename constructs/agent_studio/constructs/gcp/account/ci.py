"""Keyless identities for CI, through OpenID Connect.

Sources: IAM, "Configure Workload Identity Federation with deployment pipelines"; GitHub Docs,
"OpenID Connect reference".
"""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.iam_workload_identity_pool import IamWorkloadIdentityPool
from cdktf_cdktf_provider_google.iam_workload_identity_pool_provider import (
    IamWorkloadIdentityPoolProvider,
    IamWorkloadIdentityPoolProviderOidc,
)
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.service_account_iam_member import ServiceAccountIamMember
from cdktf_cdktf_provider_google.service_account_iam_policy import ServiceAccountIamPolicy
from constructs import Construct

from agent_studio.constructs.gcp.access import Access
from agent_studio.estate import CiSpec, Scope
from agent_studio.estate.names import gcp as names

ACT_AS = "roles/iam.serviceAccountTokenCreator"
ENTER = "roles/iam.workloadIdentityUser"

_MAY_ACT_AS = {"ci-plan": ("plan",), "ci-apply": ("plan", "apply", "state")}
"""CI's identity -> the project's service accounts that it may act as."""


class CiIdentities(Construct):
    """Two service accounts that exactly one repository can act as, with no key stored anywhere.

    Guarantee: only tokens of the estate's one repository and audience enter, and only those of its
    protected environment act as the account that leads to an apply. `ci-plan` is for pull requests
    and for the environment's jobs: it may act as the project's plan account, nothing else.
    `ci-apply` is for the environment's jobs alone: it may act as the plan, apply and state
    accounts. Audience and subject are compared as whole strings.

    What `ci-plan` cannot do yet: the stacks' backends act as the state account, which it may not,
    so `studio plan` needs `ci-apply` (docs/decisions/0004-a-role-that-only-reads-state.md).

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        ci: the estate's one CI.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, ci: CiSpec) -> None:
        super().__init__(scope, id_)
        self._place = place
        production = f"repo:{ci.repository}:environment:{ci.environment}"
        pull_request = f"repo:{ci.repository}:pull_request"
        self._pool = IamWorkloadIdentityPool(
            self,
            "pool",
            workload_identity_pool_id=names.identity_pool(place, "ci"),
            display_name="CI",
            description="The one repository that plans and applies",
        )
        IamWorkloadIdentityPoolProvider(
            self,
            "issuer",
            workload_identity_pool_id=self._pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=names.identity_pool(place, "issuer"),
            display_name="CI",
            oidc=IamWorkloadIdentityPoolProviderOidc(
                issuer_uri=ci.issuer, allowed_audiences=[ci.audience]
            ),
            attribute_mapping={"google.subject": "assertion.sub"},
            attribute_condition=" || ".join(
                f"assertion.sub == '{each}'" for each in (pull_request, production)
            ),
        )
        self._identity("ci-plan", subjects=[pull_request, production])
        self._identity("ci-apply", subjects=[production])

    def _identity(self, purpose: str, *, subjects: Sequence[str]) -> None:
        account = ServiceAccount(
            self,
            purpose,
            account_id=names.account_service_account(self._place.studio, purpose),
            display_name=purpose,
        )
        access = Access()
        access.grant(
            ENTER,
            [
                f"principal://iam.googleapis.com/{self._pool.name}/subject/{subject}"
                for subject in subjects
            ],
        )
        ServiceAccountIamPolicy(
            self,
            f"{purpose}-access",
            service_account_id=account.name,
            policy_data=access.document(),
        )
        for target in _MAY_ACT_AS[purpose]:
            # The project's accounts are made before any stack, and their policies are not its own.
            email = names.account_service_account_email(self._place, target)
            ServiceAccountIamMember(
                self,
                f"{purpose}-as-{target}",
                service_account_id=f"projects/{self._place.account_id}/serviceAccounts/{email}",
                role=ACT_AS,
                member=account.member,
            )
