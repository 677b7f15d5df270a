"""Secrets that the stack's workloads may read: those of the cloud, and those of Vault."""

from collections.abc import Iterator

from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.statements import Statement
from agent_studio.policies.facts.values import document, known, listed

_READING = ("secretsmanager:getsecretvalue", "ssm:getparameter", "ssm:getparameters")
_ADDRESS = "VAULT_ADDR"
"""Where Vault's own clients look for their cluster (Vault documentation, "Commands: environment
variables")."""


def secrets(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every secret that may be read, and every Vault cluster that is named."""
    for resource in resources.all.values():
        if resource.address not in resources.boundaries:
            for found in resource.statements:
                if isinstance(found, Statement) and found.allows:
                    yield from _granted(resource, found)
        if resource.type == "aws_ecs_task_definition":
            yield from _injected(place, resource)


def _granted(resource: Resource, statement: Statement) -> Iterator[Fact]:
    if not any(statement.may(action) for action in _READING):
        return
    for text in statement.resources:
        arn = parsed(text)
        if arn is not None and arn.service in ("secretsmanager", "ssm"):
            yield _fact(resource, kind=arn.service, region=arn.region, source=text)


def _injected(place: Place, resource: Resource) -> Iterator[Fact]:
    for path, text in resource.texts:
        if path == "container_definitions.secrets.valueFrom":
            arn = parsed(text)
            # A bare name is a parameter of the task's own region.
            region = arn.region if arn is not None else place.region
            yield _fact(resource, kind="secret", region=region, source=text)
    for container in _containers(resource):
        for each in listed(container.get("environment")):
            if isinstance(each, dict) and each.get("name") == _ADDRESS:
                address = str(each.get("value", ""))
                yield _fact(resource, kind="vault", region="", source=address)


def _containers(resource: Resource) -> list[dict[str, object]]:
    text = resource.values.get("container_definitions")
    found = document(f'{{"all": {text}}}') if isinstance(text, str) else None
    return [item for item in listed(found["all"]) if isinstance(item, dict)] if found else []


def _fact(resource: Resource, *, kind: str, region: str, source: str) -> Fact:
    what = source if kind == "vault" else region
    return Fact(
        action=Action.READ_SECRET,
        address=resource.address,
        context={"kind": kind, "region": region, "source": source},
        unknown=() if known(what) else (f"where the {kind} lies",),
    )
