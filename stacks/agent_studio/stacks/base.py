"""What every stack has: a pinned provider, its own state, its owner's tags."""

from collections.abc import Mapping

from cdktf import S3Backend, S3BackendAssumeRoleConfig, TerraformStack
from cdktf_cdktf_provider_aws.provider import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
)
from constructs import Construct

from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names
from agent_studio.stacks.role import ROLE_VARIABLE, add_role_variable

PROVIDER_VERSIONS = ">= 5.100.0, < 7.0.0"
"""The AWS provider's versions that the blocks are written for; the bindings pin one exactly."""

_SESSION_NAME_LIMIT = 64
"""STS AssumeRole: RoleSessionName has at most 64 characters."""


class AwsStack(TerraformStack):
    """One Terraform state in one account and region, reached through a role alone.

    The provider refuses every account but the stack's own (`allowed_account_ids`), runs in the
    stack's own region and assumes the role that the variable `studio_role` names. The variable is
    ephemeral: it stands in no plan file, so a plan made under the plan role is applied under the
    apply role. State lies in the account's own bucket in the same region, locked by S3 itself.

    Args:
        scope: the app.
        place: where the stack is deployed; its `stack` is the stack's name.
        tags: what the provider sets on every taggable resource.
    """

    def __init__(self, scope: Construct, *, place: Scope, tags: Mapping[str, str]) -> None:
        super().__init__(scope, place.stack)
        add_role_variable(
            self, description="The account's role that Terraform assumes: plan or apply."
        )
        self._provider(place, tags)
        S3Backend(
            self,
            bucket=names.state_bucket(place),
            key=f"{place.stack}.tfstate",
            region=place.region,
            encrypt=True,
            allowed_account_ids=[place.account_id],
            assume_role=S3BackendAssumeRoleConfig(role_arn=names.account_role_arn(place, "state")),
        )
        self.add_override("terraform.backend.s3.use_lockfile", True)
        self.add_override("terraform.required_providers.aws.version", PROVIDER_VERSIONS)

    def _provider(self, place: Scope, tags: Mapping[str, str]) -> None:
        AwsProvider(
            self,
            "aws",
            region=place.region,
            allowed_account_ids=[place.account_id],
            assume_role=[
                AwsProviderAssumeRole(
                    role_arn=names.account_role_arn(place, f"${{var.{ROLE_VARIABLE}}}"),
                    session_name=f"studio-{place.stack}"[:_SESSION_NAME_LIMIT],
                )
            ],
            default_tags=[AwsProviderDefaultTags(tags=dict(tags))],
        )


def default_tags(place: Scope, *, owner: str, jurisdiction: str, layer: str) -> dict[str, str]:
    """Give the tags of a stack: who answers for it and where its data may lie.

    Args:
        place: where the stack is deployed.
        owner: the team that answers for its account.
        jurisdiction: the legal area that holds its region.
        layer: `core`, `guardrails` or `cell`.
    """
    return {
        "studio:studio": place.studio,
        "studio:stack": place.stack,
        "studio:layer": layer,
        "studio:jurisdiction": jurisdiction,
        "studio:owner": owner,
    }
