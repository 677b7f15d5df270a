"""The cost budget of a runtime.

Source: AWS Cost Management User Guide, "Managing your costs with AWS Budgets" (a daily budget takes
no forecast) and "Creating a budget: filter by tag"; provider documentation of `aws_budgets_budget`
(a tag filter reads `user:<key>$<value>`).
"""

from cdktf_cdktf_provider_aws.budgets_budget import (
    BudgetsBudget,
    BudgetsBudgetCostFilter,
    BudgetsBudgetNotification,
)
from constructs import Construct

from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Cell, Runtime
from agent_studio.estate.names import aws as names

RUNTIME_TAG = "studio:runtime"
"""The cost-allocation tag: `<cell id>/<runtime>`, so that one value tells a runtime everywhere."""

THRESHOLDS_PERCENT = (80, 100)
"""Shares of the day's budget at which the cell's alarm topic is told."""

_NAME_LIMIT = 100


def runtime_tag(cell: Cell, runtime: Runtime) -> str:
    """Give the value of the cost-allocation tag of a runtime."""
    return f"{cell.id}/{runtime.name}"


def add_budget(
    scope: Construct, *, cell: Cell, runtime: Runtime, usd_per_day: float, topic_arn: str
) -> BudgetsBudget:
    """Add a budget that tells the cell's alarm topic what a runtime costs.

    Billing data lags by hours: this reports, it stops nothing. The tag has to be activated once as
    a cost-allocation tag, in the account that pays.

    Args:
        scope: the runtime.
        cell: where it lies.
        runtime: its profile.
        usd_per_day: US dollars.
        topic_arn: the cell's alarm topic.
    """
    name = names.label(cell.scope, f"{runtime.name}-cost", limit=_NAME_LIMIT)
    return BudgetsBudget(
        scope,
        "budget",
        name=name,
        budget_type="COST",
        time_unit="DAILY",
        limit_amount=f"{usd_per_day:.2f}",
        limit_unit="USD",
        cost_filter=[
            BudgetsBudgetCostFilter(
                name="TagKeyValue", values=[f"user:{RUNTIME_TAG}${runtime_tag(cell, runtime)}"]
            )
        ],
        notification=[
            BudgetsBudgetNotification(
                comparison_operator="GREATER_THAN",
                notification_type="ACTUAL",
                threshold=percent,
                threshold_type="PERCENTAGE",
                subscriber_sns_topic_arns=[topic_arn],
            )
            for percent in THRESHOLDS_PERCENT
        ],
        tags=tags(name),
    )
