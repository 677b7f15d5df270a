"""Budgets: who is told of a notification, which moto keeps and never gives back.

Source: AWS Billing API Reference, Budgets, `DescribeSubscribersForNotification` and the
`Notification` data type, whose type, operator and threshold tell it apart within a budget.
"""

from moto.budgets.models import budgets_backends

from agent_studio.rehearsal.mends.call import JSON, ApiError, Call, Store, operation

_IDENTITY = ("NotificationType", "ComparisonOperator", "Threshold")


@operation("budgets", "DescribeSubscribersForNotification")
def describe_subscribers(call: Call, store: Store) -> JSON:  # noqa: ARG001
    """List the subscribers of one notification, as they came with it."""
    body = call.json
    budget = budgets_backends[call.account]["aws"].budgets[call.account].get(body["BudgetName"])
    asked = _identity(body["Notification"])
    for kept in budget.notifications if budget else ():
        if _identity(kept.details) == asked:
            return {"Subscribers": kept.subscribers}
    raise ApiError("NotFoundException", "The notification does not exist.")


def _identity(notification: JSON) -> tuple[object, ...]:
    return tuple(notification.get(name) for name in _IDENTITY)
