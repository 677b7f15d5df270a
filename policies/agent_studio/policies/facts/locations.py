"""Where things stand: each resource's region, on whatever cloud."""

import re
from collections.abc import Iterator
from functools import cache

from agent_studio.estate import Cloud
from agent_studio.policies.documents import policy_file, read_yaml
from agent_studio.policies.facts.builders import provision, undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import VAULT, Resource, Resources
from agent_studio.policies.facts.values import block, known, listed
from agent_studio.policies.facts.vault.sign_in import is_own_cluster
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

_BESIDE = {
    **{
        cloud: frozenset({"import", "locals", "output", "variable"})
        for cloud in (Cloud.AWS, Cloud.GCP)
    },
    Cloud.AZURE: frozenset({"variable"}),
}
"""Blocks that say nothing by themselves, where stacks use some of them. Others run code beside
resources: `action`, `check`, `ephemeral`, and what Terraform may add."""

_HASHICORP = re.compile(
    r"^(?:(?:registry\.(?:terraform\.io|opentofu\.org)/)?hashicorp/)?[a-z0-9-]+$"
)


@cache
def reviewed_types() -> frozenset[str]:
    """The resource types that the policies know how to judge.

    Raises:
        StudioError: the list is missing or can't be read.
    """
    return frozenset(map(str, read_yaml(policy_file("reviewed_types.yaml"))["types"]))


def locations(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every resource's own region, and what is no resource and can't be judged."""
    own = (f"{place.cloud.provider}_", f"{VAULT}_")
    for resource in resources.all.values():
        if resource.provider not in resources.providers:
            yield undecided(resource.address, f"the provider {resource.provider}")
            continue
        region = resources.region(resource)
        if resource.type.startswith(f"{VAULT}_"):
            region = _vault_region(resources, place, resource)
        elif region is None and place.cloud is Cloud.AZURE:
            # It lies where its parent does, which the table of arguments holds to be of this stack.
            region = place.region
        yield provision(
            resource.address,
            kind=resource.type,
            region=str(region),
            # Another cloud's types are judged in no stack.
            reviewed=resource.type in reviewed_types() and resource.type.startswith(own),
            unknown=None if known(region) and region else "the region",
        )
    yield from _unjudged(resources, place)
    for name, source in _providers(resources):
        yield undecided("terraform", f"what the provider {name} from {source} does")


def _vault_region(resources: Resources, place: Place, resource: Resource) -> str | None:
    """The stack's own region, for a cluster that the estate gives it; a cluster names none."""
    body = resources.providers[resource.provider]
    return place.region if is_own_cluster(place, resource.provider, body) else None


def _providers(resources: Resources) -> Iterator[tuple[str, str]]:
    """The providers that are not HashiCorp's own: whose code would run is said by their source."""
    asked = [
        (name, str(block(wanted).get("source", name) if isinstance(wanted, dict) else name))
        for block_ in listed(resources.terraform.get("required_providers"))
        for name, wanted in block(block_).items()
    ]
    for name, source in (*asked, *resources.programs):
        if not _HASHICORP.match(source) or source.rsplit("/", 1)[-1] != name:
            yield name, source


def _unjudged(resources: Resources, place: Place) -> Iterator[Fact]:
    """What brings in code or data that is no resource: data sources, modules, provisioners."""
    for address in resources.sources:
        if type_of(address) not in _READ:
            yield undecided(address, f"what the data source {type_of(address)} does")
    for kind in sorted(set(resources.others) - _BESIDE.get(place.cloud, frozenset())):
        yield undecided("terraform", f"what blocks of the kind {kind} do")
    for name in resources.modules:
        yield undecided(f"module.{name}", "what the module does")
    for resource in resources.all.values():
        if resource.values.get("provisioner") or resource.values.get("connection"):
            yield undecided(resource.address, "what the provisioner does")
