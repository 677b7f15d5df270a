"""Firewall policies (Network Firewall API Reference: CreateFirewallPolicy and its siblings)."""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, operation, tag_list
from agent_studio.rehearsal.mends.network_firewall.shared import (
    OWN_KEY,
    SERVICE,
    check_token,
    keep,
    named,
)

_KIND = "firewall policy"


def _response(store: Store, kept: JSON) -> JSON:
    return {
        "FirewallPolicyName": kept["name"],
        "FirewallPolicyArn": kept["arn"],
        "FirewallPolicyId": kept["id"],
        "FirewallPolicyStatus": "ACTIVE",
        "NumberOfAssociations": 0,
        "Tags": tag_list(store.tags[kept["arn"]]),
        "EncryptionConfiguration": kept["encryption"],
        **({"Description": kept["description"]} if kept["description"] else {}),
    }


@operation(SERVICE, "CreateFirewallPolicy")
def create(call: Call, store: Store) -> JSON:
    """Keep a policy."""
    body = call.json
    name = body["FirewallPolicyName"]
    kept = keep(
        call,
        store,
        _KIND,
        name,
        call.arn(f"firewall-policy/{name}"),
        policy=body["FirewallPolicy"],
        description=body.get("Description"),
        encryption=body.get("EncryptionConfiguration", OWN_KEY),
    )
    return {"UpdateToken": kept["token"], "FirewallPolicyResponse": _response(store, kept)}


@operation(SERVICE, "DescribeFirewallPolicy")
def describe(call: Call, store: Store) -> JSON:
    """Give a policy."""
    kept = named(call, store, _KIND, "FirewallPolicy")
    return {
        "UpdateToken": kept["token"],
        "FirewallPolicy": kept["policy"],
        "FirewallPolicyResponse": _response(store, kept),
    }


@operation(SERVICE, "UpdateFirewallPolicy")
def update(call: Call, store: Store) -> JSON:
    """Replace a policy's rules and settings."""
    kept = named(call, store, _KIND, "FirewallPolicy")
    check_token(call, kept)
    body = call.json
    kept["policy"] = body["FirewallPolicy"]
    kept["description"] = body.get("Description")
    kept["encryption"] = body.get("EncryptionConfiguration", OWN_KEY)
    return {"UpdateToken": kept["token"], "FirewallPolicyResponse": _response(store, kept)}


@operation(SERVICE, "DeleteFirewallPolicy")
def delete(call: Call, store: Store) -> JSON:
    """Drop a policy."""
    kept = named(call, store, _KIND, "FirewallPolicy")
    del store.objects[_KIND][kept["arn"]]
    response = _response(store, kept)
    return {"FirewallPolicyResponse": {**response, "FirewallPolicyStatus": "DELETING"}}
