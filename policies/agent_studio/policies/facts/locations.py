"""Where things stand: each resource's region, on whatever cloud."""

from collections.abc import Iterator
from functools import cache

from agent_studio.policies.documents import policy_file, read_yaml
from agent_studio.policies.facts.builders import provision, undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import known
from agent_studio.policies.plan import type_of

_READ = frozenset(
    {
        "aws_availability_zones",
        "aws_caller_identity",
        "aws_iam_policy_document",
        "aws_partition",
        "aws_prefix_list",
        "aws_region",
        "google_logging_project_cmek_settings",
        "google_project",
        "google_storage_project_service_account",
    }
)
"""Data sources that tell of the cloud itself, and read nothing of anyone's."""


@cache
def reviewed_types() -> frozenset[str]:
    """The resource types that the policies know how to judge.

    Raises:
        StudioError: the list is missing or can't be read.
    """
    return frozenset(map(str, read_yaml(policy_file("reviewed_types.yaml"))["types"]))


def locations(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every resource's own region, and what is no resource and can't be judged."""
    own = f"{place.cloud.provider}_"
    for resource in resources.all.values():
        if resource.provider not in resources.providers:
            yield undecided(resource.address, f"the provider {resource.provider}")
            continue
        region = resources.region(resource)
        yield provision(
            resource.address,
            kind=resource.type,
            region=str(region),
            # Another cloud's types are judged in no stack.
            reviewed=resource.type in reviewed_types() and resource.type.startswith(own),
            unknown=None if known(region) and region else "the region",
        )
    yield from _unjudged(resources)


def _unjudged(resources: Resources) -> Iterator[Fact]:
    """What brings in code or data that is no resource: data sources, modules, provisioners."""
    for address in resources.sources:
        if type_of(address) not in _READ:
            yield undecided(address, f"what the data source {type_of(address)} does")
    for name in resources.modules:
        yield undecided(f"module.{name}", "what the module does")
    for resource in resources.all.values():
        if resource.values.get("provisioner") or resource.values.get("connection"):
            yield undecided(resource.address, "what the provisioner does")
