"""Tags of services whose other calls moto answers: Application Auto Scaling and Budgets.

Source: Application Auto Scaling API Reference (`ListTagsForResource` answers `Tags` as a map) and
AWS Billing API Reference, Budgets (`ResourceTags` as a list).
"""

from agent_studio.rehearsal.mends.call import (
    JSON,
    Call,
    Store,
    amend,
    operation,
    tag_list,
    tags_of,
)

_SCALING = "application-autoscaling"
_BUDGETS = "budgets"


@operation(_SCALING, "ListTagsForResource")
def list_scaling_tags(call: Call, store: Store) -> JSON:
    """List the tags of a scalable target."""
    return {"Tags": store.tags[call.json["ResourceARN"]]}


@operation(_SCALING, "TagResource")
def tag_scaling(call: Call, store: Store) -> JSON:
    """Add tags to a scalable target."""
    store.tags[call.json["ResourceARN"]].update(call.json["Tags"])
    return {}


@operation(_SCALING, "UntagResource")
def untag_scaling(call: Call, store: Store) -> JSON:
    """Remove tags from a scalable target."""
    for key in call.json["TagKeys"]:
        store.tags[call.json["ResourceARN"]].pop(key, None)
    return {}


@amend(_SCALING, "RegisterScalableTarget")
def register(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the tags that came with the registration; the answer carries the target's ARN."""
    body = call.json
    if "Tags" in body and (arn := answer.get("ScalableTargetARN")):
        store.tags[arn].update(body["Tags"])
    return answer


@operation(_BUDGETS, "ListTagsForResource")
def list_budget_tags(call: Call, store: Store) -> JSON:
    """List a budget's tags."""
    return {"ResourceTags": tag_list(store.tags[call.json["ResourceARN"]])}


@operation(_BUDGETS, "TagResource")
def tag_budget(call: Call, store: Store) -> JSON:
    """Add tags to a budget."""
    store.tags[call.json["ResourceARN"]].update(tags_of(call.json["ResourceTags"]))
    return {}


@operation(_BUDGETS, "UntagResource")
def untag_budget(call: Call, store: Store) -> JSON:
    """Remove tags from a budget."""
    for key in call.json["ResourceTagKeys"]:
        store.tags[call.json["ResourceARN"]].pop(key, None)
    return {}


@amend(_BUDGETS, "CreateBudget")
def create_budget(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the tags that came with the budget."""
    body = call.json
    arn = f"arn:aws:budgets::{body['AccountId']}:budget/{body['Budget']['BudgetName']}"
    store.tags[arn].update(tags_of(body.get("ResourceTags")))
    return answer
