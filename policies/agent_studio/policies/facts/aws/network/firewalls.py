"""AWS Network Firewall: which names it lets through, and what it does with all others."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent_studio.estate.endpoint import HTTPS
from agent_studio.policies.facts.aws.network.connections import named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import inside
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import block, known, listed

_BLOCKING = ("drop", "reject", "alert")
_LINE = re.compile(r"^\s*(?:#.*)?$")
_PASS = re.compile(
    r"pass tls (?P<source>[0-9./]+) any -> any (?P<port>[0-9]{1,5}) "
    r'\(tls\.sni; content:"(?P<name>[a-z0-9.-]+)"; startswith; endswith; nocase; '
    r"flow:to_server, established; sid:[0-9]+; rev:[0-9]+;\)"
)
"""The one form of a rule that lets something through: TLS to one name on one port (Network Firewall
Developer Guide, "Suricata compatible rule strings"; Suricata, "TLS keywords")."""

_HOLD = re.compile(
    r"drop tls (?P<source>[0-9./]+) any -> any !443 "
    r'\(tls\.sni; content:"\."; flow:to_server, established; sid:[0-9]+; rev:[0-9]+;\)'
)
"""The rule that holds every name after it to port 443."""

_STATELESS = frozenset({"aws:forward_to_sfe", "aws:drop"})
_DROPPING = frozenset({"aws:drop_strict", "aws:drop_established"})


def firewalls(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every rule group, policy and firewall."""
    for group in resources.of_type("aws_networkfirewall_rule_group"):
        yield from _group(place, group)
    for policy in resources.of_type("aws_networkfirewall_firewall_policy"):
        yield from _policy(resources, policy)
        if place.ports != {HTTPS}:
            yield _held(resources, place, policy)
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


def _group(place: Place, group: Resource) -> Iterator[Fact]:
    source = block(group.get("rule_group", "rules_source"))
    texts = [one for one in (group.values.get("rules"), source.get("rules_string")) if one]
    for text in texts:
        passing = _passing(place, text) if isinstance(text, str) else None
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


def _passing(place: Place, text: str) -> str | None:
    """The first rule that neither stops, nor only reports, nor leads to Vault."""
    for line in text.splitlines():
        if not _LINE.match(line) and line.split()[0] not in _BLOCKING and not _vault(place, line):
            return line.strip()[:80]
    return None


def _vault(place: Place, line: str) -> bool:
    """Whether a rule lets through TLS to Vault's name on Vault's port, and nothing else."""
    found = _PASS.fullmatch(line)
    if found is None or not inside(place, found["source"]):
        return False
    return (found["name"], int(found["port"])) == place.vault


def _held(resources: Resources, place: Place, policy: Resource) -> Fact:
    """Whether declared names stay on port 443 where another port is open for Vault.

    A list of names admits them on every port, so a group that holds them goes before every list.
    """
    lists, holds = [], []
    unknown = None
    body = block(policy.values.get("firewall_policy"))
    for one in listed(body.get("stateful_rule_group_reference")):
        found = named(resources, block(one).get("resource_arn"))
        priority = str(block(one).get("priority"))
        if found is None or not priority.isdigit():
            unknown = "the order of its rule groups"
            continue
        source = block(found.get("rule_group", "rules_source"))
        lists += [int(priority)] if listed(source.get("rules_source_list")) else []
        text = source.get("rules_string")
        holds += [int(priority)] if isinstance(text, str) and _holds(place, text) else []
    return connection(
        policy,
        kind="filter",
        what="lets declared names through on Vault's port: no rule before them holds them to 443",
        own=not lists or (bool(holds) and min(holds) < min(lists)),
        unknown=unknown,
    )


def _holds(place: Place, text: str) -> bool:
    """Whether rules drop every name on other ports than 443, from everywhere in the network."""
    found = [_HOLD.fullmatch(line) for line in text.splitlines()]
    return {each["source"] for each in found if each is not None} >= {*place.networks}


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
