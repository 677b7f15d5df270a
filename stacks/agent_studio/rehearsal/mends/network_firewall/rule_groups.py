"""Rule groups (Network Firewall API Reference: CreateRuleGroup and its siblings)."""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, operation, tag_list
from agent_studio.rehearsal.mends.network_firewall.shared import (
    OWN_KEY,
    SERVICE,
    check_token,
    keep,
    named,
)


def _rule_group_response(store: Store, kept: JSON) -> JSON:
    return {
        "RuleGroupName": kept["name"],
        "RuleGroupArn": kept["arn"],
        "RuleGroupId": kept["id"],
        "Type": kept["type"],
        "Capacity": kept["capacity"],
        "ConsumedCapacity": 0,
        "NumberOfAssociations": 0,
        "RuleGroupStatus": "ACTIVE",
        "Tags": tag_list(store.tags[kept["arn"]]),
        "EncryptionConfiguration": kept["encryption"],
        **({"Description": kept["description"]} if kept["description"] else {}),
    }


def _rules(body: JSON) -> JSON:
    """The group's rules; a plain string of Suricata rules becomes `RulesSource.RulesString`."""
    if (rules := body.get("RuleGroup")) is None:
        rules = {"RulesSource": {"RulesString": body["Rules"]}}
    return dict(rules)


@operation(SERVICE, "CreateRuleGroup")
def create_rule_group(call: Call, store: Store) -> JSON:
    """Keep a rule group."""
    body = call.json
    kind = body["Type"]
    name = body["RuleGroupName"]
    arn = call.arn(f"{kind.lower()}-rulegroup/{name}")
    kept = keep(
        call,
        store,
        "rule group",
        name,
        arn,
        type=kind,
        capacity=body["Capacity"],
        rules=_rules(body),
        description=body.get("Description"),
        encryption=body.get("EncryptionConfiguration", OWN_KEY),
    )
    return {"UpdateToken": kept["token"], "RuleGroupResponse": _rule_group_response(store, kept)}


@operation(SERVICE, "DescribeRuleGroup")
def describe_rule_group(call: Call, store: Store) -> JSON:
    """Give a rule group with its rules."""
    kept = named(call, store, "rule group", "RuleGroup")
    return {
        "UpdateToken": kept["token"],
        "RuleGroup": kept["rules"],
        "RuleGroupResponse": _rule_group_response(store, kept),
    }


@operation(SERVICE, "UpdateRuleGroup")
def update_rule_group(call: Call, store: Store) -> JSON:
    """Replace a rule group's rules."""
    kept = named(call, store, "rule group", "RuleGroup")
    check_token(call, kept)
    body = call.json
    kept["rules"] = _rules(body)
    kept["description"] = body.get("Description")
    kept["encryption"] = body.get("EncryptionConfiguration", OWN_KEY)
    return {"UpdateToken": kept["token"], "RuleGroupResponse": _rule_group_response(store, kept)}


@operation(SERVICE, "DeleteRuleGroup")
def delete_rule_group(call: Call, store: Store) -> JSON:
    """Drop a rule group."""
    kept = named(call, store, "rule group", "RuleGroup")
    del store.objects["rule group"][kept["arn"]]
    response = _rule_group_response(store, kept)
    return {"RuleGroupResponse": {**response, "RuleGroupStatus": "DELETING"}}
