"""A project's monthly budget."""

from cdktf_cdktf_provider_google.billing_budget import (
    BillingBudget,
    BillingBudgetAmount,
    BillingBudgetAmountSpecifiedAmount,
    BillingBudgetBudgetFilter,
    BillingBudgetThresholdRules,
)
from constructs import Construct

from agent_studio.constructs.gcp.service_agents import project
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

_ALARMS = ((0.8, "CURRENT_SPEND"), (1.0, "CURRENT_SPEND"), (1.0, "FORECASTED_SPEND"))
"""Shares of the budget, and whether spent or foreseen."""

_NANOS = 1_000_000_000
_NAME_LIMIT = 60


class ProjectBudget(Construct):
    """A monthly cost budget that alarms before, at and in view of its end.

    Guarantee: the billing account's administrators are told when actual or forecast costs of the
    project pass the thresholds of `_ALARMS`. It stops nothing, and Google counts costs some hours
    late. A billing account in another currency than US dollars refuses it.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        usd_per_month: the budget, in US dollars a month.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, usd_per_month: float) -> None:
        super().__init__(scope, id_)
        paid = project(self, place)
        cents = round(usd_per_month * 100)
        BillingBudget(
            self,
            "budget",
            # Which account pays for a project is the organization's matter, so it is read.
            billing_account=paid.billing_account,
            display_name=names.label(place, "monthly", limit=_NAME_LIMIT),
            amount=BillingBudgetAmount(
                specified_amount=BillingBudgetAmountSpecifiedAmount(
                    currency_code="USD",
                    units=str(cents // 100),
                    nanos=cents % 100 * (_NANOS // 100),
                )
            ),
            budget_filter=BillingBudgetBudgetFilter(
                calendar_period="MONTH", projects=[f"projects/{paid.number}"]
            ),
            threshold_rules=[
                BillingBudgetThresholdRules(threshold_percent=share, spend_basis=basis)
                for share, basis in _ALARMS
            ],
        )
