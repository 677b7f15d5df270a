"""Keyless roles for CI, through OpenID Connect."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from agent_studio.constructs.aws.policy_document import Statement, document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import CiSpec, Scope
from agent_studio.estate.names import aws as names

_SESSION_SECONDS = 3600


class CiRoles(Construct):
    """Two roles that exactly one repository can take, with no key stored anywhere.

    Guarantee: only tokens of the estate's one repository and audience take these roles, and only
    those of its protected environment take the one that leads to an apply.

    `<studio>-studio-ci-plan` is for pull requests and for the environment's jobs: it may assume the
    account's plan role and read Terraform state, nothing else, so it plans with `-lock=false` and
    reads state under its own name. `<studio>-studio-ci-apply` is for the environment's jobs alone:
    it may assume the plan, apply and state roles. Audience and subject are compared as whole
    strings; no wildcard stands in a trust policy.

    What `ci-plan` cannot do yet: the stacks' backends assume the state role, which it may not, so
    `studio plan` needs `ci-apply` (docs/decisions/0004-a-role-that-only-reads-state.md).

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        ci: the estate's one CI.
        state_buckets: patterns of the names of the account's state buckets.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        ci: CiSpec,
        state_buckets: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        issuer = ci.issuer.removeprefix("https://")
        provider = IamOpenidConnectProvider(
            self, "issuer", url=ci.issuer, client_id_list=[ci.audience], tags=tags(issuer)
        )
        production = f"repo:{ci.repository}:environment:{ci.environment}"
        self._place = place
        self._provider_arn: str = provider.arn
        self._issuer = issuer
        self._audience = ci.audience
        self.roles: list[tuple[str, str]] = []
        """Purpose and name of each role."""
        bucket_arns = [f"arn:{place.partition}:s3:::{name}" for name in state_buckets]
        self._role(
            "ci-plan",
            description="CI plans: it can change nothing.",
            subjects=[f"repo:{ci.repository}:pull_request", production],
            statements=[
                self._assume("plan"),
                statement(
                    "ReadState",
                    actions="s3:GetObject",
                    resources=[f"{arn}/*.tfstate" for arn in bucket_arns],
                ),
                statement("FindState", actions="s3:ListBucket", resources=bucket_arns),
            ],
        )
        self._role(
            "ci-apply",
            description="CI applies what the gate allowed.",
            subjects=[production],
            statements=[self._assume("plan", "apply", "state")],
        )

    def _assume(self, *purposes: str) -> Statement:
        return statement(
            "AssumeStudioRoles",
            actions="sts:AssumeRole",
            resources=[names.account_role_arn(self._place, purpose) for purpose in purposes],
        )

    def _role(
        self,
        purpose: str,
        *,
        description: str,
        subjects: Sequence[str],
        statements: Sequence[Statement],
    ) -> None:
        name = names.account_role(self._place.studio, purpose)
        role = IamRole(
            self,
            purpose,
            name=name,
            description=description,
            max_session_duration=_SESSION_SECONDS,
            assume_role_policy=document(
                statement(
                    "TokenOfTheOneJob",
                    actions="sts:AssumeRoleWithWebIdentity",
                    resources=None,
                    principals={"Federated": self._provider_arn},
                    condition={
                        "StringEquals": {
                            f"{self._issuer}:aud": self._audience,
                            f"{self._issuer}:sub": list(subjects),
                        }
                    },
                )
            ),
            tags=tags(name),
        )
        self.roles.append((purpose, role.name))
        IamRolePolicy(
            self, f"{purpose}-policy", name="studio", role=role.name, policy=document(*statements)
        )
