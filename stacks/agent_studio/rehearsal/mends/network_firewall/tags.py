"""Tags (Network Firewall API Reference: TagResource, UntagResource, ListTagsForResource)."""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, operation, tag_list, tags_of
from agent_studio.rehearsal.mends.network_firewall.shared import SERVICE


@operation(SERVICE, "ListTagsForResource")
def list_tags(call: Call, store: Store) -> JSON:
    """List a resource's tags."""
    return {"Tags": tag_list(store.tags[call.json["ResourceArn"]])}


@operation(SERVICE, "TagResource")
def tag(call: Call, store: Store) -> JSON:
    """Add tags."""
    store.tags[call.json["ResourceArn"]].update(tags_of(call.json["Tags"]))
    return {}


@operation(SERVICE, "UntagResource")
def untag(call: Call, store: Store) -> JSON:
    """Remove tags."""
    for key in call.json["TagKeys"]:
        store.tags[call.json["ResourceArn"]].pop(key, None)
    return {}
