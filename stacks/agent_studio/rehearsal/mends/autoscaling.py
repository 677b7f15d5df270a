"""Application Auto Scaling: the tags of scalable targets, which moto drops.

Source: Application Auto Scaling API Reference, RegisterScalableTarget and ListTagsForResource
(`Tags` is a map).
"""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, amend, operation

_SCALING = "application-autoscaling"


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
