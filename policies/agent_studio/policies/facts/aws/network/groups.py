"""Security groups: who may come in, and where one may go.

Rules are blocks of a group or resources of their own; the arguments are those of the Terraform AWS
provider's `aws_security_group`, `aws_security_group_rule` and `aws_vpc_security_group_*_rule`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent_studio.estate.endpoint import HTTPS
from agent_studio.policies.facts.aws.network.connections import expressions, named
from agent_studio.policies.facts.aws.network.ranges import cidr
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import inside
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import UNKNOWN, block, known, listed, strings

_GROUPS = ("aws_security_group", "aws_default_security_group")
_NEWER = {
    "aws_vpc_security_group_ingress_rule": "ingress",
    "aws_vpc_security_group_egress_rule": "egress",
}
_RANGES = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_IPV6 = ("ipv6_cidr_blocks", "cidr_ipv6")
_PREFIXES = ("prefix_list_ids", "prefix_list_id")
_OTHERS = ("security_groups", "source_security_group_id", "referenced_security_group_id")


@dataclass(frozen=True, kw_only=True)
class _Rule:
    resource: Resource
    group: Resource | None
    way: str
    values: Mapping[str, Any]

    @property
    def port(self) -> int | None:
        """The one TCP port that it is for; None where it is for others, or for another protocol."""
        protocol = self.values.get("protocol", self.values.get("ip_protocol"))
        ports = {str(self.values.get(end)) for end in ("from_port", "to_port")}
        one = min(ports)
        tcp = str(protocol) in ("tcp", "6")
        return int(one) if tcp and len(ports) == 1 and one.isdigit() else None


def groups(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every end of every rule."""
    for resource in resources.all.values():
        if resource.type in _GROUPS:
            yield from _inline(resources, place, resource, "ingress")
            yield from _inline(resources, place, resource, "egress")
        elif resource.type in _NEWER or resource.type == "aws_security_group_rule":
            way = str(_NEWER.get(resource.type) or resource.values.get("type"))
            group = named(resources, resource.values.get("security_group_id"))
            if way not in ("ingress", "egress"):
                yield connection(resource, kind="ingress", what="", unknown="the rule's type")
                continue
            rule = _Rule(resource=resource, group=group, way=way, values=resource.values)
            yield from _ends(resources, place, rule)


def _inline(resources: Resources, place: Place, group: Resource, way: str) -> Iterator[Fact]:
    value = group.values.get(way)
    blocks = group.blocks(way)
    if way in block(group.values.get("dynamic")) or len(blocks) != len(listed(value)):
        yield connection(group, kind=way, what="", unknown=f"the {way} rules")
    for values in blocks:
        rule = _Rule(resource=group, group=group, way=way, values=values)
        yield from _ends(resources, place, rule)


def _ends(resources: Resources, place: Place, rule: _Rule) -> Iterator[Fact]:
    for name in _RANGES:
        for value in expressions(rule.values.get(name)):
            text = cidr(resources, value)
            own = text is not None and inside(place, text)
            # The firewall stands on the IPv4 way out alone.
            yield _end(
                resources,
                place,
                rule,
                text,
                own=own,
                guarded=name not in _IPV6,
                unknown="an address range",
            )
    for name in _PREFIXES:
        for value in expressions(rule.values.get(name)):
            other = named(resources, value)
            gateway = other is not None and other.type == "aws_vpc_endpoint"
            peer = _shown(value) if gateway else None
            yield _end(resources, place, rule, peer, own=gateway, unknown="a prefix list")
    for name in _OTHERS:
        for value in expressions(rule.values.get(name)):
            other = named(resources, value)
            own = other is not None and other.type in _GROUPS
            # `account/group` names a group of another account.
            foreign = known(value) and isinstance(value, str) and "/" in value
            peer = _shown(value) if own or foreign else None
            yield _end(resources, place, rule, peer, own=own, unknown="another security group")


def _end(
    resources: Resources,
    place: Place,
    rule: _Rule,
    peer: str | None,
    *,
    own: bool,
    unknown: str,
    guarded: bool = True,
) -> Fact:
    return connection(
        rule.resource,
        kind=rule.way,
        what="by a rule of a security group",
        peer=peer or "",
        own=own,
        tls=rule.port in place.ports,
        declared=guarded
        and rule.way == "egress"
        and (_leads_to_vault_alone(place, rule) or _declared(resources, place, rule)),
        unknown=None if peer is not None else f"{unknown} of its {rule.way} rules",
    )


def _leads_to_vault_alone(place: Place, rule: _Rule) -> bool:
    """Whether the firewall lets through nothing but Vault on the rule's port."""
    if place.vault is None or rule.port != place.vault.port:
        return False
    return rule.port != HTTPS or not place.egress


def _declared(resources: Resources, place: Place, rule: _Rule) -> bool:
    """Whether a rule is for declared names, and each runtime that uses its group has some."""
    group = rule.group
    if not place.egress or rule.port != HTTPS:
        return False
    for service in resources.of_type("aws_ecs_service"):
        used = [named(resources, text) for _, text in strings(_groups_of(service))]
        if group is None or group in used:
            name = service.values.get("name")
            runtime = next(
                (
                    names
                    for each, names in place.runtimes.items()
                    if str(name).startswith(f"{place.studio}-{each}-{place.stack}")
                ),
                None,
            )
            if not runtime:
                return False
    return True


def _groups_of(service: Resource) -> list[Any]:
    return listed(service.get("network_configuration", "security_groups"))


def _shown(value: Any) -> str:
    return "another resource" if value is UNKNOWN else str(value)
