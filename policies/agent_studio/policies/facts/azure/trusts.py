"""Who may do what: roles, the identities that runtimes act as, and whose tokens are taken."""

from collections.abc import Iterator, Mapping

from agent_studio.estate.names import gcp
from agent_studio.policies.facts.azure.core import LAYER, core_actors, core_grants, is_core_app
from agent_studio.policies.facts.azure.expected import (
    BLOB_READER,
    BLOB_WRITER,
    IMAGE_PULLER,
    IMAGE_PUSHER,
    KEY_SIGNER,
    KEY_USER,
    MODEL_USER,
    QUEUE_READER,
    QUEUE_SENDER,
    ROLES,
    Grant,
    core_identities,
    declared_identities,
    grants,
    runtime_identity,
)
from agent_studio.policies.facts.azure.owned import holder, owned
from agent_studio.policies.facts.azure.workloads import profile_of
from agent_studio.policies.facts.builders import grant
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed

_ACCOUNT = "azurerm_storage_account.id"
_CONTAINER = ("azurerm_storage_container.id", "azurerm_storage_container.resource_manager_id")
_IDENTITY = "azurerm_user_assigned_identity.id"
_KEY = ("azurerm_key_vault_key.resource_versionless_id",)
_MODELS = ("azurerm_cognitive_account.id",)
_QUEUE = ("azurerm_servicebus_queue.id",)
_TOPIC = ("azurerm_servicebus_topic.id",)
_REGISTRY = ("azurerm_container_registry.id",)

_SCOPES: Mapping[str, tuple[str, ...]] = {
    BLOB_READER: _CONTAINER,
    BLOB_WRITER: _CONTAINER,
    IMAGE_PULLER: _REGISTRY,
    IMAGE_PUSHER: _REGISTRY,
    KEY_SIGNER: _KEY,
    KEY_USER: _KEY,
    MODEL_USER: _MODELS,
    QUEUE_READER: _QUEUE,
    QUEUE_SENDER: (*_QUEUE, *_TOPIC),
}
"""Role -> what it may stand on. A group or a subscription holds more than anyone is to reach."""


def trusts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every assignment of a role, every credential of an identity, and whom apps act as."""
    expected = core_grants(place) if place.layer == LAYER else grants(place)
    for resource in resources.of_type("azurerm_role_assignment"):
        yield _assignment(resources, place, resource, expected)
    for resource in resources.of_type("azurerm_federated_identity_credential"):
        yield _credential(resources, place, resource)
    for resource in resources.of_type("azurerm_container_app"):
        yield from _acting(resources, place, resource)


def _assignment(
    resources: Resources, place: Place, resource: Resource, expected: Mapping[Grant, str]
) -> Fact:
    role = str(resource.values.get("role_definition_name"))
    if role not in ROLES:
        return grant(resource, kind="resource", principal=f"a holder of {role}", privileged=True)
    principal = _holder(resources, place, resource.values.get("principal_id"))
    target = owned(resources, resource.values.get("scope"), *_SCOPES[role])
    if principal is None or target is None:
        strange = resource.values.get("principal_id" if principal is None else "scope")
        return grant(
            resource,
            kind="resource",
            principal=f"{resource.values.get('principal_id')} as {role}",
            accounts=[f"{strange}, which is none of this stack's"],
        )
    found = Grant(identity=principal, role=role, on=_called(resources, target))
    condition = expected.get(found)
    if condition is None:
        return grant(
            resource,
            kind="resource",
            principal=f"{found.identity} as {role}",
            accounts=[f"{found.identity}, which has nothing to do with {target.address}"],
        )
    return grant(
        resource,
        kind="trust",
        principal=f"{found.identity} as {role}",
        guarded=not condition or resource.values.get("condition") == condition,
    )


def _holder(resources: Resources, place: Place, value: object) -> str | None:
    """The name of the identity that an object id names: the stack's own, or one of the core's."""
    own = holder(resources, value)
    if own is not None:
        return str(own.values.get("name"))
    # A core on Azure enters cells as itself.
    return declared_identities(place).get(str(value)) if place.layer == "cell" else None


def _called(resources: Resources, target: Resource) -> tuple[str, ...]:
    """What a resource is called, as `Grant.on` has it."""
    name = str(target.values.get("name"))
    match target.type:
        case "azurerm_cognitive_account" | "azurerm_container_registry":
            return ()
        case "azurerm_storage_container":
            account = owned(resources, target.values.get("storage_account_id"), _ACCOUNT)
            return (str(account.values.get("name")) if account is not None else "", name)
    return (name,)


def _credential(resources: Resources, place: Place, resource: Resource) -> Fact:
    """Whose tokens an identity takes: of one role or account of the core's, by whole strings.

    Microsoft Entra, "Workload identity federation": issuer, subject and audience are compared.
    """
    issuer, subject = resource.values.get("issuer"), resource.values.get("subject")
    identity = owned(resources, resource.values.get("parent_id"), _IDENTITY)
    name = str(identity.values.get("name")) if identity is not None else ""
    role = core_identities(place).get(name)
    known = gcp.ISSUER if place.core_accounts else place.core_issuer
    trusted = bool(known) and issuer == known
    return grant(
        resource,
        kind="trust",
        principal=f"{subject} of {issuer}",
        guarded=role is not None and subject == role,
        accounts=[] if trusted else [str(issuer)],
    )


def _acting(resources: Resources, place: Place, resource: Resource) -> Iterator[Fact]:
    """Whom an app acts as: its own runtime's identity. Others reach what is not the runtime's."""
    name, profile = resource.values.get("name"), profile_of(place, resource)
    own = frozenset({runtime_identity(place, profile.name)} if profile is not None else ())
    if is_core_app(place, resource):
        own = core_actors(place)
    told = [
        *listed(resource.get("identity", "identity_ids")),
        *(block.get("identity") for block in resource.blocks("registry")),
    ]
    for value in told:
        identity = owned(resources, value, _IDENTITY)
        acting = None if identity is None else identity.values.get("name")
        mine = acting in own
        yield grant(
            resource,
            kind="resource",
            principal=f"the app {name} as {acting or value}",
            accounts=[] if mine else [f"{acting or value}, which is not the app's own runtime"],
        )
