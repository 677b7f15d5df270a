"""AWS Network Firewall: which names it lets through, and what it does with all others."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.policies.facts.aws.network.connections import named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import block, known, listed

_BLOCKING = ("drop", "reject", "alert")
_LINE = re.compile(r"^\s*(?:#.*)?$")
_STATELESS = frozenset({"aws:forward_to_sfe", "aws:drop"})
_DROPPING = frozenset({"aws:drop_strict", "aws:drop_established"})


def firewalls(resources: Resources) -> Iterator[Fact]:
    """Every rule group, policy and firewall."""
    for group in resources.of_type("aws_networkfirewall_rule_group"):
        yield from _group(group)
    for policy in resources.of_type("aws_networkfirewall_firewall_policy"):
        yield from _policy(resources, policy)
    for firewall in resources.of_type("aws_networkfirewall_firewall"):
        policy_arn = firewall.values.get("firewall_policy_arn")
        yield _judged(firewall, named(resources, policy_arn), "the firewall's policy")


def _judged(resource: Resource, found: Resource | None, what: str) -> Fact:
    return connection(
        resource,
        kind="filter",
        what="",
        own=found is not None,
        unknown=None if found is not None else f"{what}, which is not of this stack",
    )


def _group(group: Resource) -> Iterator[Fact]:
    source = block(group.get("rule_group", "rules_source"))
    texts = [one for one in (group.values.get("rules"), source.get("rules_string")) if one]
    for text in texts:
        passing = _passing(text) if isinstance(text, str) else None
        yield connection(
            group,
            kind="filter",
            what=f"passes traffic by a rule of its own ({passing})",
            own=passing is None,
            unknown=None if isinstance(text, str) and known(text) else "the firewall's rules",
        )
    lists = [one for one in listed(source.get("rules_source_list")) if isinstance(one, Mapping)]
    for one in lists:
        yield from _names(group, one)
    rules = [one for one in listed(source.get("stateful_rule")) if isinstance(one, Mapping)]
    for rule in rules:
        action = str(rule.get("action"))
        safe = action in ("DROP", "REJECT", "ALERT")
        yield connection(group, kind="filter", what=f"has a rule that does {action}", own=safe)
    stateless = block(source.get("stateless_rules_and_custom_actions"))
    for rule in listed(stateless.get("stateless_rule")):
        actions = {str(a) for a in listed(block(block(rule).get("rule_definition")).get("actions"))}
        yield connection(
            group,
            kind="filter",
            what=f"lets packets through without looking at them ({', '.join(sorted(actions))})",
            own=bool(actions) and actions <= _STATELESS,
        )
    if not (texts or lists or rules or stateless):
        yield connection(group, kind="filter", what="", unknown="the firewall's rules")


def _passing(text: str) -> str | None:
    """The first rule that is not of those that stop or only report."""
    for line in text.splitlines():
        if not _LINE.match(line) and line.split()[0] not in _BLOCKING:
            return line.strip()[:80]
    return None


def _names(group: Resource, names: Mapping[str, Any]) -> Iterator[Fact]:
    type_ = str(names.get("generated_rules_type"))
    yield connection(
        group,
        kind="filter",
        what=f"admits every name that is not in its list ({type_})",
        own=type_ == "ALLOWLIST",
    )
    targets = {str(one) for one in listed(names.get("target_types"))}
    yield connection(
        group,
        kind="filter",
        what=f"admits names by what is not TLS ({', '.join(sorted(targets))})",
        own=targets == {"TLS_SNI"},
    )
    values = listed(names.get("targets"))
    for value in values:
        text = str(value) if isinstance(value, str) and known(value) else None
        yield connection(
            group,
            kind="name",
            what="through the firewall",
            peer=_starred(text or ""),
            unknown=None if text else "a name that it admits",
        )


def _starred(name: str) -> str:
    # Network Firewall writes `.a.example` for what the estate calls `*.a.example`.
    return f"*{name}" if name.startswith(".") else name


def _policy(resources: Resources, policy: Resource) -> Iterator[Fact]:
    body = block(policy.values.get("firewall_policy"))
    stateful = {str(one) for one in listed(body.get("stateful_default_actions"))}
    order = block(body.get("stateful_engine_options")).get("rule_order")
    yield connection(
        policy,
        kind="filter",
        what="lets through what no rule names",
        own=bool(stateful & _DROPPING) and order == "STRICT_ORDER",
    )
    for name in ("stateless_default_actions", "stateless_fragment_default_actions"):
        actions = {str(one) for one in listed(body.get(name))}
        yield connection(
            policy,
            kind="filter",
            what=f"lets packets through without looking at them ({name})",
            own=bool(actions) and actions <= _STATELESS,
        )
    for name in ("stateful_rule_group_reference", "stateless_rule_group_reference"):
        for one in listed(body.get(name)):
            yield _judged(policy, named(resources, block(one).get("resource_arn")), "a rule group")
