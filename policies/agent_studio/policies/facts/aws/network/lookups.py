"""Route 53 Resolver DNS Firewall: which names may be looked up."""

from collections.abc import Iterator
from typing import Any

from agent_studio.policies.facts.aws.network.connections import named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import known, listed

_LIST = "aws_route53_resolver_firewall_domain_list"
_RULE = "aws_route53_resolver_firewall_rule"
_SERVICES = (
    "*.dkr.ecr",
    "*.s3",
    "api.ecr",
    "bedrock-runtime",
    "events",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
    "xray",
)
"""Endpoints of AWS's own ("AWS service endpoints", AWS General Reference). No customer can answer
under them, unlike under `execute-api`, `elb` or `compute`."""


def lookups(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every name that may be looked up, and whether all others are refused."""
    blocked: set[str] = set()
    admitting: set[str] = set()
    for rule in resources.of_type(_RULE):
        found = named(resources, rule.values.get("firewall_domain_list_id"))
        if rule.values.get("action") == "BLOCK":
            blocked |= {found.address} if found else set()
            continue
        admitting |= {found.address} if found else set()
        unknown = None if found else "the names that a rule admits"
        yield connection(rule, kind="filter", what="", own=True, unknown=unknown)
    for names in resources.of_type(_LIST):
        if names.address in admitting or names.address not in blocked:
            yield from _names(place, names)
    for link in resources.of_type("aws_route53_resolver_firewall_rule_group_association"):
        group = named(resources, link.values.get("firewall_rule_group_id"))
        unknown = None if group else "its rule group, which is not of this stack"
        yield connection(link, kind="filter", what="", own=True, unknown=unknown)
    for link in resources.of_type("aws_route53_resolver_query_log_config_association"):
        log = named(resources, link.values.get("resolver_query_log_config_id"))
        unknown = None if log else "who is told every name, as the log is not of this stack"
        yield connection(link, kind="filter", what="", own=True, unknown=unknown)
    for config in resources.of_type("aws_route53_resolver_firewall_config"):
        fails = config.values.get("firewall_fail_open")
        yield connection(
            config,
            kind="filter",
            what="lets every name be looked up while the firewall is down",
            own=fails in (None, "DISABLED"),
        )
    if any(True for _ in resources.of_type("aws_ecs_service")):
        for vpc in resources.of_type("aws_vpc"):
            yield connection(
                vpc,
                kind="filter",
                what="has no rule of a DNS firewall that refuses all other names",
                own=_refuses(resources, vpc),
            )


def _names(place: Place, names: Resource) -> Iterator[Fact]:
    own = {f"{each}.{region}.amazonaws.com" for region in place.regions for each in _SERVICES}
    for value in listed(names.values.get("domains")):
        text = _plain(value)
        yield connection(
            names,
            kind="name",
            what="for look-ups",
            peer=text or "",
            own=text in own or (place.vault is not None and text == place.vault.host),
            unknown=None if text else "a name that it admits",
        )


def _plain(value: Any) -> str | None:
    return value.rstrip(".").lower() if isinstance(value, str) and known(value) else None


def _refuses(resources: Resources, vpc: Resource) -> bool:
    """Whether a rule group of a VPC blocks every name."""
    for link in resources.of_type("aws_route53_resolver_firewall_rule_group_association"):
        if named(resources, link.values.get("vpc_id")) is not vpc:
            continue
        group = named(resources, link.values.get("firewall_rule_group_id"))
        for rule in resources.of_type(_RULE):
            same = named(resources, rule.values.get("firewall_rule_group_id")) is group
            names = named(resources, rule.values.get("firewall_domain_list_id"))
            every = names is not None and any(
                _plain(one) == "*" for one in listed(names.values.get("domains"))
            )
            if group is not None and same and every and rule.values.get("action") == "BLOCK":
                return not rule.values.get("q_type")
    return False
