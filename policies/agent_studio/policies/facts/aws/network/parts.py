"""Parts of a network that a resource names: they must be of this stack, else nobody judged them.

A subnet, a route table or a security group that stands already may lead anywhere: the network that
AWS gives to each new account has a route to the internet in every subnet (VPC User Guide, "Default
VPCs").
"""

from collections.abc import Iterator

from agent_studio.policies.facts.aws.network.connections import named
from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import block

_PARTS = {
    # name of an argument, at any depth -> the types that it may name.
    "vpc_id": ("aws_vpc",),
    "subnet_id": ("aws_subnet",),
    "subnet_ids": ("aws_subnet",),
    "subnets": ("aws_subnet",),
    "security_groups": ("aws_security_group", "aws_default_security_group"),
    "security_group_ids": ("aws_security_group", "aws_default_security_group"),
    "vpc_security_group_ids": ("aws_security_group", "aws_default_security_group"),
}
_LISTS = ("aws_network_acl", "aws_default_network_acl")
_TABLES = ("aws_route_table", "aws_default_route_table")
_LINKS: dict[str, dict[str, tuple[str, ...]]] = {
    # type -> paths of its further arguments that name a part, and the types that they may name.
    "aws_ecs_task_definition": {
        "volume.efs_volume_configuration.file_system_id": ("aws_efs_file_system",),
        "volume.fsx_windows_file_server_volume_configuration.file_system_id": (),
    },
    "aws_main_route_table_association": {"route_table_id": _TABLES},
    "aws_network_acl_association": {"network_acl_id": _LISTS},
    "aws_network_acl_rule": {"network_acl_id": _LISTS},
    "aws_route53_record": {"zone_id": ("aws_route53_zone",)},
    "aws_route_table_association": {"route_table_id": _TABLES},
    "aws_vpc_endpoint_policy": {"vpc_endpoint_id": ("aws_vpc_endpoint",)},
    "aws_vpc_endpoint_route_table_association": {
        "route_table_id": _TABLES,
        "vpc_endpoint_id": ("aws_vpc_endpoint",),
    },
    "aws_vpc_endpoint_security_group_association": {
        "security_group_id": ("aws_security_group",),
        "vpc_endpoint_id": ("aws_vpc_endpoint",),
    },
    "aws_vpc_endpoint_subnet_association": {"vpc_endpoint_id": ("aws_vpc_endpoint",)},
}
_ENDS = {
    # type -> arguments that name something else, which is judged as such.
    "aws_default_security_group": ("security_groups",),
    "aws_security_group": ("security_groups",),
}


def parts(resources: Resources) -> Iterator[Fact]:
    """Every part of a network that a resource names and this stack does not hold."""
    for service in resources.of_type("aws_ecs_service"):
        network = block(service.values.get("network_configuration"))
        if network.get("subnets") and not network.get("security_groups"):
            # It takes the network's default group then (ECS API, AwsVpcConfiguration).
            yield _unjudged(service, "its default security group")
    for resource in resources.all.values():
        strange = {
            path for path, text in resource.texts if _strange(resources, resource, path, text)
        }
        for path in sorted(strange):
            yield _unjudged(resource, path)


def _strange(resources: Resources, resource: Resource, path: str, text: str) -> bool:
    name = path.rsplit(".", 1)[-1]
    types = _LINKS.get(resource.type, {}).get(path, _PARTS.get(name))
    if types is None or not text or name in _ENDS.get(resource.type, ()):
        return False
    found = named(resources, text)
    return found is None or found.type not in types


def _unjudged(resource: Resource, path: str) -> Fact:
    return connection(
        resource,
        kind="network",
        what="",
        unknown=f"what {path} leads to, which is not of this stack",
    )
