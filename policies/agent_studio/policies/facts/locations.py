"""Where things stand: each resource's region, on whatever cloud."""

from collections.abc import Iterator
from functools import cache

from agent_studio.estate import Cloud
from agent_studio.policies.documents import policy_file, read_yaml
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import known

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


PREFIXES = {Cloud.AWS: "aws_", Cloud.GCP: "google_", Cloud.AZURE: "azurerm_"}
"""How the types begin that each cloud's provider has; another cloud's are judged in no stack."""


def locations(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every resource's own region, and what is no resource and can't be judged."""
    own = PREFIXES[place.cloud]
    for resource in resources.all.values():
        if resource.provider not in resources.providers:
            yield Fact(
                action=Action.PROVISION,
                address=resource.address,
                context={},
                unknown=(f"the provider {resource.provider}",),
            )
            continue
        region = resources.region(resource)
        unknown = () if known(region) and region else ("the region",)
        yield Fact(
            action=Action.PROVISION,
            address=resource.address,
            context={
                "kind": resource.type,
                "region": str(region),
                "reviewed": resource.type in reviewed_types() and resource.type.startswith(own),
            },
            unknown=unknown,
        )
    yield from _unjudged(resources)


def _unjudged(resources: Resources) -> Iterator[Fact]:
    """What brings in code or data that is no resource: data sources, modules, provisioners."""
    for address, type_ in resources.read.items():
        if type_ not in _READ:
            yield _strange(address, f"data source {type_}")
    for name in resources.modules:
        yield _strange(f"module.{name}", "module")
    for resource in resources.all.values():
        if resource.values.get("provisioner") or resource.values.get("connection"):
            yield _strange(resource.address, "provisioner")


def _strange(address: str, kind: str) -> Fact:
    return Fact(
        action=Action.PROVISION, address=address, context={}, unknown=(f"what the {kind} does",)
    )
