"""A subscription's monthly budget."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.consumption_budget_subscription import (
    ConsumptionBudgetSubscription,
    ConsumptionBudgetSubscriptionNotification,
    ConsumptionBudgetSubscriptionTimePeriod,
)
from constructs import Construct

from agent_studio.estate import Scope
from agent_studio.estate.names import azure as names

ALARMS = ((80, "Actual"), (100, "Actual"), (100, "Forecasted"))
"""Percent of the budget, and whether spent or foreseen."""

_THIS_MONTH = "${formatdate(\"YYYY-MM-01'T'00:00:00Z\", plantimestamp())}"
"""A budget begins with the month in which it is made: Azure takes no earlier one."""

_NAME_LIMIT = 63


class SubscriptionBudget(Construct):
    """A monthly cost budget that alarms before, at and in view of its end.

    Guarantee: the subscription's owners are told when its actual or forecast costs pass the
    thresholds of `ALARMS`. It stops nothing, and Azure counts costs some hours late. The amount is
    in the currency of the subscription's bill, which Azure lets nobody choose.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        usd_per_month: the budget.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, usd_per_month: float) -> None:
        super().__init__(scope, id_)
        ConsumptionBudgetSubscription(
            self,
            "budget",
            name=names.label(place, "monthly", limit=_NAME_LIMIT),
            subscription_id=f"/subscriptions/{place.account_id}",
            amount=usd_per_month,
            time_grain="Monthly",
            time_period=ConsumptionBudgetSubscriptionTimePeriod(start_date=_THIS_MONTH),
            notification=[
                ConsumptionBudgetSubscriptionNotification(
                    enabled=True,
                    operator="GreaterThanOrEqualTo",
                    threshold=percent,
                    threshold_type=kind,
                    contact_roles=["Owner"],
                )
                for percent, kind in ALARMS
            ],
            lifecycle=TerraformResourceLifecycle(ignore_changes=["time_period"]),
        )
