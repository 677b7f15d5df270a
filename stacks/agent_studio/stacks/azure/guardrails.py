"""A subscription's guardrails: what holds in the whole subscription, whatever its cells do."""

from collections.abc import Sequence

from constructs import Construct

from agent_studio.constructs.azure.account import (
    SubscriptionBudget,
    SubscriptionPolicies,
    SubscriptionTrail,
)
from agent_studio.estate import Account, CiSpec, Scope
from agent_studio.stacks.azure.base import AzureStack


class AzureGuardrailsStack(AzureStack):
    """The stack `guardrails-<account>`, in the subscription's home region.

    CI's identities are none of it: Entra makes up their client ids, which Terraform needs before it
    can do anything, so `studio bootstrap` prints what makes them.

    Args:
        scope: the app.
        place: where the stack is deployed.
        account: the subscription to guard.
        regions: names of the regions that stay open to the subscription.
        ci: the estate's one CI, from whose addresses keys are made; None names none.
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
        super().__init__(scope, place=place, account=account)
        SubscriptionPolicies(self, "policies", place=place, regions=regions)
        SubscriptionTrail(
            self,
            "trail",
            place=place,
            account=account,
            addresses=() if ci is None else ci.addresses,
        )
        if account.budget_usd_per_month is not None:
            SubscriptionBudget(
                self, "budget", place=place, usd_per_month=account.budget_usd_per_month
            )
