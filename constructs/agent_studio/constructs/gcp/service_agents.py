"""The identities under which Google's own services act in a project.

Their addresses hold the project's number, which no estate file declares. The provider's
`google_project_service_identity` would both make an agent and give its address, but it exists in
the beta provider alone; so the number is read from the project itself, once a stack, when it is
planned. That reads the cell's own project and no other stack's state. Cloud Logging names its
encrypting identity by itself, so it is asked for.

Sources: IAM, "Service agents" (the addresses); Cloud Storage, "Use customer-managed encryption
keys"; Cloud Logging, "Configure CMEK for log buckets".
"""

from cdktf import TerraformStack
from cdktf_cdktf_provider_google.data_google_logging_project_cmek_settings import (
    DataGoogleLoggingProjectCmekSettings,
)
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.data_google_storage_project_service_account import (
    DataGoogleStorageProjectServiceAccount,
)
from constructs import Construct

from agent_studio.estate import Scope

_DOMAINS = {
    "artifact-registry": "gcp-sa-artifactregistry",
    "cloud-run": "serverless-robot-prod",
    "cloud-sql": "gcp-sa-cloud-sql",
    "iap": "gcp-sa-iap",
    "monitoring-notification": "gcp-sa-monitoring-notification",
    "pubsub": "gcp-sa-pubsub",
    "secret-manager": "gcp-sa-secretmanager",
}
"""Service -> the domain of its agent's address."""


def agent(scope: Construct, place: Scope, service: str) -> str:
    """Give a service agent as a member of IAM policies.

    Args:
        scope: any construct of the stack.
        place: the stack's place.
        service: `artifact-registry`, `cloud-run`, `cloud-sql`, `iap`, `monitoring-notification`,
            `pubsub` or `secret-manager`.

    Raises:
        KeyError: no such service is known.
    """
    domain = _DOMAINS[service]
    number = project(scope, place).number
    return f"serviceAccount:service-{number}@{domain}.iam.gserviceaccount.com"


def storage_agent(scope: Construct, place: Scope) -> str:
    """Give Cloud Storage's agent; reading it also makes it, where the project is new."""
    stack = TerraformStack.of(scope)
    found = stack.node.try_find_child("storage-agent")
    if not isinstance(found, DataGoogleStorageProjectServiceAccount):
        found = DataGoogleStorageProjectServiceAccount(
            stack, "storage-agent", project=place.account_id
        )
    return f"serviceAccount:{found.email_address}"


def logging_agent(scope: Construct, place: Scope) -> str:
    """Give the identity under which Cloud Logging encrypts log buckets."""
    stack = TerraformStack.of(scope)
    found = stack.node.try_find_child("logging-agent")
    if not isinstance(found, DataGoogleLoggingProjectCmekSettings):
        found = DataGoogleLoggingProjectCmekSettings(
            stack, "logging-agent", project=place.account_id
        )
    return f"serviceAccount:{found.service_account_id}"


def project(scope: Construct, place: Scope) -> DataGoogleProject:
    """Give what Google knows of the stack's own project, read once a stack.

    Args:
        scope: any construct of the stack.
        place: the stack's place.
    """
    stack = TerraformStack.of(scope)
    found = stack.node.try_find_child("project")
    if isinstance(found, DataGoogleProject):
        return found
    return DataGoogleProject(stack, "project", project_id=place.account_id)
