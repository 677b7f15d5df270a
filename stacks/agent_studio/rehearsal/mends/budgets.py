"""AWS Budgets: tags, and who is told.

moto keeps a budget's notifications with their subscribers and answers neither for the subscribers
nor for tags. Source: AWS Billing and Cost Management API Reference, Budgets.
"""

from moto.budgets.models import budgets_backends

from agent_studio.rehearsal.mends.call import (
    JSON,
    ApiError,
    Call,
    Store,
    amend,
    operation,
    tag_list,
    tags_of,
)

_SERVICE = "budgets"


def _arn(account: str, name: str) -> str:
    return f"arn:aws:budgets::{account}:budget/{name}"


@amend(_SERVICE, "CreateBudget")
def create(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the tags that came with the budget."""
    body = call.json
    arn = _arn(body["AccountId"], body["Budget"]["BudgetName"])
    store.tags[arn] = tags_of(body.get("ResourceTags"))
    return answer


@operation(_SERVICE, "DescribeSubscribersForNotification")
def subscribers(call: Call, _store: Store) -> JSON:
    """List who is told when a notification fires.

    Raises:
        ApiError: the budget has no such notification.
    """
    body = call.json
    wanted = {k: v for k, v in body["Notification"].items() if k != "NotificationState"}
    backend = budgets_backends[call.account]["aws"]
    budget = backend.budgets[body["AccountId"]].get(body["BudgetName"])
    for kept in budget.notifications if budget else []:
        if all(kept.details.get(k) == v for k, v in wanted.items()):
            return {"Subscribers": kept.subscribers}
    raise ApiError("NotFoundException", "the budget has no such notification")


@operation(_SERVICE, "ListTagsForResource")
def list_tags(call: Call, store: Store) -> JSON:
    """List a budget's tags."""
    return {"ResourceTags": tag_list(store.tags[call.json["ResourceARN"]])}


@operation(_SERVICE, "TagResource")
def tag(call: Call, store: Store) -> JSON:
    """Add tags to a budget."""
    store.tags[call.json["ResourceARN"]].update(tags_of(call.json["ResourceTags"]))
    return {}


@operation(_SERVICE, "UntagResource")
def untag(call: Call, store: Store) -> JSON:
    """Remove tags from a budget."""
    for key in call.json["ResourceTagKeys"]:
        store.tags[call.json["ResourceARN"]].pop(key, None)
    return {}
