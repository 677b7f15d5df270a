"""The services that a project offers its cells."""

from cdktf import TerraformResource
from cdktf_cdktf_provider_google.project_service import ProjectService
from constructs import Construct

from agent_studio.estate import Scope

SERVICES = (
    "aiplatform",
    "artifactregistry",
    "binaryauthorization",
    "billingbudgets",
    "cloudkms",
    "compute",
    "dns",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "orgpolicy",
    "pubsub",
    "run",
    "secretmanager",
    "storage",
    "sts",
)
"""Every API that the blocks of this package use."""


class ProjectServices(Construct):
    """The APIs that guardrails and cells need, turned on.

    Guarantee: an API that is in use is never turned off by a plan, not even where this stack goes:
    turning one off can delete what was made through it.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope) -> None:
        super().__init__(scope, id_)
        services = [
            ProjectService(
                self,
                service,
                project=place.account_id,
                service=f"{service}.googleapis.com",
                disable_on_destroy=False,
                disable_dependent_services=False,
            )
            for service in SERVICES
        ]
        # Terraform takes bare addresses here, not the references that `fqn` gives. Each part is
        # asked of jsii, so they are put together once.
        self._addresses = [
            f"{each.terraform_resource_type}.{each.friendly_unique_id}" for each in services
        ]

    def come_before(self, block: Construct) -> None:
        """Make every resource of a block wait for the APIs."""
        for each in block.node.find_all():
            if isinstance(each, TerraformResource):
                each.depends_on = [*(each.depends_on or []), *self._addresses]
