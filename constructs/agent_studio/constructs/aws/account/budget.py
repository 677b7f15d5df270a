"""An account's monthly budget."""

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.budgets_budget import BudgetsBudget, BudgetsBudgetNotification
from constructs import Construct

from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

_ALARMS = ((80, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED"))
"""Percent of the budget, and whether spent or foreseen."""


class AccountBudget(Construct):
    """A monthly cost budget that alarms before, at and in view of its end.

    Guarantee: the account's topic is told when actual or forecast costs pass the thresholds of
    `_ALARMS`. It stops nothing, and AWS counts costs some hours late.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        usd_per_month: the budget, in US dollars a month.
        topic_arn: the topic that receives the alarms.
        after: the topic's policy; Budgets tests its access when a notification is made.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        usd_per_month: float,
        topic_arn: str,
        after: ITerraformDependable,
    ) -> None:
        super().__init__(scope, id_)
        name = names.label(place, "monthly", limit=100)
        BudgetsBudget(
            self,
            "budget",
            name=name,
            account_id=place.account_id,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{usd_per_month:.2f}",
            limit_unit="USD",
            notification=[
                BudgetsBudgetNotification(
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    notification_type=kind,
                    subscriber_sns_topic_arns=[topic_arn],
                )
                for percent, kind in _ALARMS
            ],
            tags=tags(name),
            depends_on=[after],
        )
