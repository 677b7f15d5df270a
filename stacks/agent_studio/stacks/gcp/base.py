"""What every stack on Google Cloud has: a pinned provider, its own state, its owner's labels."""

from collections.abc import Mapping

from cdktf import GcsBackend, TerraformStack
from cdktf_cdktf_provider_google.provider import GoogleProvider
from constructs import Construct

from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names
from agent_studio.stacks.role import ROLE_VARIABLE, add_role_variable

PROVIDER_VERSIONS = ">= 6.50.0, < 7.0.0"
"""The Google provider's versions that the blocks are written for; the bindings pin one exactly."""


class GcpStack(TerraformStack):
    """One Terraform state in one project and region, reached through a service account alone.

    The provider works in the stack's own project and region, as the service account that the
    variable `studio_role` names. The variable is ephemeral: it stands in no plan file, so a plan
    made as the plan account is applied as the apply account. State lies in the project's own
    bucket in the same region, locked by Cloud Storage itself.

    Args:
        scope: the app.
        place: where the stack is deployed; its `stack` is the stack's name.
        labels: what the provider sets on every resource that has labels.
    """

    def __init__(self, scope: Construct, *, place: Scope, labels: Mapping[str, str]) -> None:
        super().__init__(scope, place.stack)
        add_role_variable(
            self, description="The project's service account that Terraform acts as: plan or apply."
        )
        GoogleProvider(
            self,
            "google",
            project=place.account_id,
            region=place.region,
            impersonate_service_account=_acting(place),
            default_labels=dict(labels),
            # It would label every resource with the tool that made it, which nobody asked for.
            add_terraform_attribution_label=False,
        )
        GcsBackend(
            self,
            bucket=names.state_bucket(place),
            prefix=place.stack,
            impersonate_service_account=names.account_service_account_email(place, "state"),
        )
        self.add_override("terraform.required_providers.google.version", PROVIDER_VERSIONS)


def default_labels(place: Scope, *, owner: str, jurisdiction: str, layer: str) -> dict[str, str]:
    """Give the labels of a stack: who answers for it and where its data may lie.

    Args:
        place: where the stack is deployed.
        owner: the team that answers for its project.
        jurisdiction: the legal area that holds its region.
        layer: `core`, `guardrails` or `cell`.
    """
    return {
        "studio": names.label_value(place.studio),
        "stack": names.label_value(place.stack),
        "layer": names.label_value(layer),
        "jurisdiction": names.label_value(jurisdiction),
        "owner": names.label_value(owner),
    }


def _acting(place: Scope) -> str:
    """Give the acting account's address; a computed name cannot hold the variable's value."""
    plan, apply = (names.account_service_account_email(place, each) for each in ("plan", "apply"))
    return f'${{var.{ROLE_VARIABLE} == "plan" ? "{plan}" : "{apply}"}}'
