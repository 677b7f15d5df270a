"""Route 53 Resolver DNS Firewall: domain lists, rule groups, rules, associations, configuration.

moto answers Resolver's endpoints and rules, not its firewall. Source: Route 53 Resolver API
Reference, the operations of the same names. No query is filtered; changes are complete at once.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from agent_studio.rehearsal.mends.call import (
    JSON,
    ApiError,
    Call,
    Store,
    operation,
    tags_of,
)

_SERVICE = "route53resolver"
_LIST, _GROUP, _RULE = "domain list", "rule group", "rule"
_LINK = "association"


def _created(call: Call, store: Store, kind: str, prefix: str, arn: str, **values: Any) -> JSON:
    key = f"{prefix}-{uuid4().hex[:17]}"
    now = datetime.now(UTC).isoformat()
    kept: JSON = {
        "Id": key,
        "Arn": call.arn(f"{arn}/{key}"),
        "CreatorRequestId": call.json.get("CreatorRequestId", ""),
        "CreationTime": now,
        "ModificationTime": now,
        **values,
    }
    store.objects[kind][key] = kept
    store.tags[kept["Arn"]] = tags_of(call.json.get("Tags"))
    return kept


def _public(kept: JSON) -> JSON:
    return {name: value for name, value in kept.items() if not name.startswith("_")}


@operation(_SERVICE, "CreateFirewallDomainList")
def create_list(call: Call, store: Store) -> JSON:
    """Keep an empty domain list."""
    kept = _created(
        call,
        store,
        _LIST,
        "rslvr-fdl",
        "firewall-domain-list",
        Name=call.json["Name"],
        DomainCount=0,
        Status="COMPLETE",
        _domains=[],
    )
    return {"FirewallDomainList": _public(kept)}


@operation(_SERVICE, "UpdateFirewallDomains", "ImportFirewallDomains")
def update_domains(call: Call, store: Store) -> JSON:
    """Add, remove or replace the names of a list."""
    body = call.json
    kept = store.get(_LIST, body["FirewallDomainListId"])
    given = [d.rstrip(".") + "." for d in body.get("Domains", [])]
    match body.get("Operation"):
        case "ADD":
            names = set(kept["_domains"]) | set(given)
        case "REMOVE":
            names = set(kept["_domains"]) - set(given)
        case _:
            names = set(given)
    kept["_domains"] = sorted(names)
    kept["DomainCount"] = len(names)
    return {"Id": kept["Id"], "Name": kept["Name"], "Status": "COMPLETE"}


@operation(_SERVICE, "GetFirewallDomainList")
def get_list(call: Call, store: Store) -> JSON:
    """Give a list without its names."""
    return {"FirewallDomainList": _public(store.get(_LIST, call.json["FirewallDomainListId"]))}


@operation(_SERVICE, "ListFirewallDomains")
def list_domains(call: Call, store: Store) -> JSON:
    """Give a list's names."""
    return {"Domains": store.get(_LIST, call.json["FirewallDomainListId"])["_domains"]}


@operation(_SERVICE, "DeleteFirewallDomainList")
def delete_list(call: Call, store: Store) -> JSON:
    """Drop a list."""
    kept = store.get(_LIST, call.json["FirewallDomainListId"])
    del store.objects[_LIST][kept["Id"]]
    return {"FirewallDomainList": {**_public(kept), "Status": "DELETING"}}


@operation(_SERVICE, "CreateFirewallRuleGroup")
def create_group(call: Call, store: Store) -> JSON:
    """Keep an empty rule group."""
    kept = _created(
        call,
        store,
        _GROUP,
        "rslvr-frg",
        "firewall-rule-group",
        Name=call.json["Name"],
        RuleCount=0,
        Status="COMPLETE",
        OwnerId=call.account,
        ShareStatus="NOT_SHARED",
    )
    return {"FirewallRuleGroup": _public(kept)}


@operation(_SERVICE, "GetFirewallRuleGroup")
def get_group(call: Call, store: Store) -> JSON:
    """Give a rule group."""
    return {"FirewallRuleGroup": _public(store.get(_GROUP, call.json["FirewallRuleGroupId"]))}


@operation(_SERVICE, "DeleteFirewallRuleGroup")
def delete_group(call: Call, store: Store) -> JSON:
    """Drop a rule group that no network uses."""
    kept = store.get(_GROUP, call.json["FirewallRuleGroupId"])
    if any(a["FirewallRuleGroupId"] == kept["Id"] for a in store.objects[_LINK].values()):
        raise ApiError("ConflictException", "the rule group is associated with a VPC")
    del store.objects[_GROUP][kept["Id"]]
    return {"FirewallRuleGroup": _public(kept)}


def _rule_key(body: JSON) -> str:
    target = body.get("FirewallDomainListId") or body.get("FirewallThreatProtectionId")
    return f"{body['FirewallRuleGroupId']}:{target}:{body.get('Qtype', '')}"


_RULE_FIELDS = (
    "FirewallRuleGroupId",
    "FirewallDomainListId",
    "Name",
    "Priority",
    "Action",
    "BlockResponse",
    "BlockOverrideDomain",
    "BlockOverrideDnsType",
    "BlockOverrideTtl",
    "FirewallDomainRedirectionAction",
    "Qtype",
    "DnsThreatProtection",
    "ConfidenceThreshold",
    "CreatorRequestId",
)


@operation(_SERVICE, "CreateFirewallRule", "UpdateFirewallRule")
def put_rule(call: Call, store: Store) -> JSON:
    """Keep a rule, or change one."""
    body = call.json
    group = store.get(_GROUP, body["FirewallRuleGroupId"])
    if list_id := body.get("FirewallDomainListId"):
        store.get(_LIST, list_id)
    key = _rule_key(body)
    before = store.objects[_RULE].get(key)
    if before is None:
        if call.operation.startswith("Update"):
            raise ApiError("ResourceNotFoundException", f"no rule {key}")
        group["RuleCount"] += 1
        before = {"FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN"}
    given = {name: body[name] for name in _RULE_FIELDS if body.get(name) is not None}
    store.objects[_RULE][key] = {**before, **given}
    return {"FirewallRule": store.objects[_RULE][key]}


@operation(_SERVICE, "ListFirewallRules")
def list_rules(call: Call, store: Store) -> JSON:
    """List a group's rules by priority."""
    wanted = call.json["FirewallRuleGroupId"]
    store.get(_GROUP, wanted)
    rules = [r for r in store.objects[_RULE].values() if r["FirewallRuleGroupId"] == wanted]
    return {"FirewallRules": sorted(rules, key=lambda rule: int(rule["Priority"]))}


@operation(_SERVICE, "DeleteFirewallRule")
def delete_rule(call: Call, store: Store) -> JSON:
    """Drop a rule."""
    key = _rule_key(call.json)
    rule = store.get(_RULE, key)
    del store.objects[_RULE][key]
    store.get(_GROUP, rule["FirewallRuleGroupId"])["RuleCount"] -= 1
    return {"FirewallRule": rule}
