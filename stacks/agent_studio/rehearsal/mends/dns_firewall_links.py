"""Route 53 Resolver DNS Firewall: what binds rule groups to networks.

Source: Route 53 Resolver API Reference, AssociateFirewallRuleGroup and its siblings,
UpdateFirewallConfig, GetFirewallConfig.
"""

from datetime import UTC, datetime
from uuid import uuid4

from agent_studio.rehearsal.mends.call import JSON, Call, Store, operation, tag_list, tags_of

_SERVICE = "route53resolver"
_LINK, _CONFIG = "association", "configuration"


def _kept_here(call: Call) -> bool:
    """Whether a call is about a resource whose tags moto does not keep."""
    arn = call.json["ResourceArn"]
    return ":firewall-" in arn or ":resolver-query-log-config/" in arn


@operation(_SERVICE, "AssociateFirewallRuleGroup")
def associate(call: Call, store: Store) -> JSON:
    """Bind a rule group to a network."""
    body = call.json
    key = f"rslvr-frgassoc-{uuid4().hex[:17]}"
    now = datetime.now(UTC).isoformat()
    kept: JSON = {
        "Id": key,
        "Arn": call.arn(f"firewall-rule-group-association/{key}"),
        "FirewallRuleGroupId": body["FirewallRuleGroupId"],
        "VpcId": body["VpcId"],
        "Name": body["Name"],
        "Priority": body["Priority"],
        "MutationProtection": body.get("MutationProtection") or "DISABLED",
        "Status": "COMPLETE",
        "CreatorRequestId": body.get("CreatorRequestId", ""),
        "CreationTime": now,
        "ModificationTime": now,
    }
    store.get("rule group", body["FirewallRuleGroupId"])
    store.objects[_LINK][key] = kept
    store.tags[kept["Arn"]] = tags_of(body.get("Tags"))
    return {"FirewallRuleGroupAssociation": kept}


@operation(_SERVICE, "GetFirewallRuleGroupAssociation", "UpdateFirewallRuleGroupAssociation")
def get_or_update(call: Call, store: Store) -> JSON:
    """Give a binding, or change its priority, name or protection."""
    body = call.json
    kept = store.get(_LINK, body["FirewallRuleGroupAssociationId"])
    for name in ("Priority", "MutationProtection", "Name"):
        kept[name] = body.get(name, kept[name])
    return {"FirewallRuleGroupAssociation": kept}


@operation(_SERVICE, "ListFirewallRuleGroupAssociations")
def list_all(call: Call, store: Store) -> JSON:
    """List the bindings of a network."""
    wanted = call.json.get("VpcId")
    every = [a for a in store.objects[_LINK].values() if wanted in (None, a["VpcId"])]
    return {"FirewallRuleGroupAssociations": every}


@operation(_SERVICE, "DisassociateFirewallRuleGroup")
def disassociate(call: Call, store: Store) -> JSON:
    """Undo a binding."""
    kept = store.get(_LINK, call.json["FirewallRuleGroupAssociationId"])
    del store.objects[_LINK][kept["Id"]]
    return {"FirewallRuleGroupAssociation": {**kept, "Status": "DELETING"}}


@operation(_SERVICE, "GetFirewallConfig", "UpdateFirewallConfig", "ListFirewallConfigs")
def configuration(call: Call, store: Store) -> JSON:
    """Give or set whether queries pass when the firewall does not answer; they do not by default.

    `FirewallFailOpen` is `DISABLED` by default (Route 53 Resolver API Reference, FirewallConfig).
    """
    if call.operation == "ListFirewallConfigs":
        return {"FirewallConfigs": list(store.objects[_CONFIG].values())}
    body = call.json
    vpc = body["ResourceId"]
    kept = store.objects[_CONFIG].setdefault(
        vpc,
        {
            "Id": f"rslvr-fc-{uuid4().hex[:17]}",
            "OwnerId": call.account,
            "ResourceId": vpc,
            "FirewallFailOpen": "DISABLED",
        },
    )
    kept["FirewallFailOpen"] = body.get("FirewallFailOpen", kept["FirewallFailOpen"])
    return {"FirewallConfig": kept}


@operation(_SERVICE, "ListTagsForResource", only=_kept_here)
def list_tags(call: Call, store: Store) -> JSON:
    """List a firewall resource's tags."""
    return {"Tags": tag_list(store.tags[call.json["ResourceArn"]])}


@operation(_SERVICE, "TagResource", only=_kept_here)
def tag(call: Call, store: Store) -> JSON:
    """Add tags to a firewall resource."""
    store.tags[call.json["ResourceArn"]].update(tags_of(call.json["Tags"]))
    return {}


@operation(_SERVICE, "UntagResource", only=_kept_here)
def untag(call: Call, store: Store) -> JSON:
    """Remove tags from a firewall resource."""
    for key in call.json["TagKeys"]:
        store.tags[call.json["ResourceArn"]].pop(key, None)
    return {}
