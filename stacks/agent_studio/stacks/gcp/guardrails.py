"""A project's guardrails: what holds in the whole project, whatever its cells do."""

from collections.abc import Sequence

from constructs import Construct

from agent_studio.constructs.gcp.account import (
    AdmittedImages,
    CiIdentities,
    OrganizationPolicies,
    ProjectBudget,
    ProjectServices,
    ProjectTrail,
)
from agent_studio.estate import Account, CiSpec, Layer, Scope
from agent_studio.stacks.gcp.base import GcpStack, default_labels


class GcpGuardrailsStack(GcpStack):
    """The stack `guardrails-<account>`, in the project's home region.

    Args:
        scope: the app.
        place: where the stack is deployed.
        account: the project to guard.
        regions: names of the regions that stay open to the project.
        ci: the estate's one CI; None makes no identities for one.
        core: the core's place; cells know it without the help of guardrails.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        place: Scope,
        account: Account,
        regions: Sequence[str],
        ci: CiSpec | None,
        core: Scope | None = None,  # noqa: ARG002  # Every cloud's has the same parameters.
    ) -> None:
        super().__init__(
            scope,
            place=place,
            labels=default_labels(
                place,
                owner=account.owner,
                jurisdiction=account.home.jurisdiction,
                layer=Layer.GUARDRAILS.value,
            ),
        )
        services = ProjectServices(self, "services", place=place)
        guarded: list[Construct] = [
            OrganizationPolicies(self, "policies", place=place, regions=regions),
            AdmittedImages(self, "images", place=place, regions=regions),
            ProjectTrail(self, "trail", place=place),
        ]
        if account.budget_usd_per_month is not None:
            guarded.append(
                ProjectBudget(
                    self, "budget", place=place, usd_per_month=account.budget_usd_per_month
                )
            )
        if ci is not None:
            guarded.append(CiIdentities(self, "ci", place=place, ci=ci))
        for block in guarded:
            services.come_before(block)
