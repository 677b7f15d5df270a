"""Where within a region things stand, and on whose machines: not all of a region is in one country.

A Local Zone or a Wavelength Zone belongs to a region and may stand in another country (of
`us-east-1` there are some in South America); an Outpost stands wherever its owner put it; a task of
the launch type `EXTERNAL` runs on any machine that was registered (AWS Global Infrastructure,
"Local Zones"; ECS Developer Guide, "Amazon ECS clusters for external instances").
"""

import re
from collections.abc import Iterator

from agent_studio.policies.facts.builders import provision, undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import known

_ZONE = re.compile(r"^(?:[a-z]{2}(?:-[a-z]+)+-\d[a-z]|[a-z]{3,5}\d-az\d+)$")
"""An Availability Zone by its name, `eu-west-1a`, or by its id, `euw1-az1`."""

_ZONES = ("availability_zone", "availability_zones", "availability_zone_id")
_ANY_ZONE = {"aws_lb_target_group_attachment": ("all",)}
"""What else stands for zones; an address is judged by itself."""

_LAUNCHED = ("launch_type", "capacity_provider", "capacity_providers")
_AMAZONS = ("FARGATE", "FARGATE_SPOT")


def sites(resources: Resources) -> Iterator[Fact]:
    """Everything that would stand elsewhere than in a region's own zones, on AWS's machines."""
    for resource in resources.all.values():
        for path, text in resource.texts:
            name = path.rsplit(".", 1)[-1]
            if name == "outpost_arn" and text:
                yield provision(resource.address, kind=resource.type, region=f"an Outpost ({text})")
            elif name in _ZONES and known(text) and not _is_zone(resource, text):
                yield provision(resource.address, kind=resource.type, region=f"the zone {text}")
            elif name in _LAUNCHED and _is_ecs(resource) and text not in _AMAZONS:
                yield undecided(resource.address, f"whose machines are behind {path} ({text})")
    for service in resources.of_type("aws_ecs_service"):
        if not any(service.values.get(n) for n in ("launch_type", "capacity_provider_strategy")):
            # The default launch type is EC2 (Terraform AWS provider, `aws_ecs_service`).
            yield undecided(
                service.address, "whose machines its tasks run on, as it names no launch type"
            )


def _is_ecs(resource: Resource) -> bool:
    return resource.type.startswith("aws_ecs_")


def _is_zone(resource: Resource, text: str) -> bool:
    return bool(_ZONE.match(text)) or text in ("", *_ANY_ZONE.get(resource.type, ()))
