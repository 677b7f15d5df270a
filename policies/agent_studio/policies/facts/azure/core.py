"""What the core's own stack on Azure may hold: who has which role, whom its app is and is told.

What the core consists of is told by the blocks in `constructs/agent_studio/constructs/azure/core`.
"""

from collections.abc import Iterator, Mapping

from agent_studio.estate.names import azure as names
from agent_studio.policies.facts.azure.expected import (
    BLOB_WRITER,
    IMAGE_PULLER,
    KEY_SIGNER,
    KEY_USER,
    NO_DELETE,
    QUEUE_SENDER,
    Grant,
)
from agent_studio.policies.facts.azure.owned import owned, resolved
from agent_studio.policies.facts.builders import connection, undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import within
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed, on

LAYER = "core"
"""The layer of the core's stack."""

AUDIT = "audit"
"""The core's audit account, and its container."""

_SERVICE, _MAILBOX, _RELEASE = "core", "mailbox", "release"
_SIGNING = "signing"
_EVENTS = names.topic("events")
_MOST = 4
"""Instances of the core service."""

_SIGNS = ("EC-HSM", frozenset({"sign", "verify"}))
_WRAPS = ("RSA-HSM", frozenset({"unwrapKey", "wrapKey"}))
"""Type of a key, and what it may do."""

_CLIENT = "azurerm_user_assigned_identity.client_id"
_SERVER = "azurerm_postgresql_flexible_server"
_ADMINISTRATOR = f"{_SERVER}_active_directory_administrator"
_PARAMETER = f"{_SERVER}_configuration"


_OF_CORE = (
    _SERVER,
    _ADMINISTRATOR,
    _PARAMETER,
    f"{_SERVER}_database",
    "azurerm_dns_a_record",
    "azurerm_dns_txt_record",
    "azurerm_dns_zone",
    "azurerm_servicebus_subscription",
    "azurerm_servicebus_topic",
)
"""What the core alone has."""

_LEAST = "template[0].min_replicas"
"""What a release sets of the core service, and of no runtime."""


def core_grants(place: Place) -> Mapping[Grant, str]:
    """Every grant that the core's stack may hold -> its condition; empty where it has none."""
    service = core_identity(place, _SERVICE)
    plain = [
        *(
            Grant(
                identity=names.identity(place.scope, f"key-{purpose}"),
                role=KEY_USER,
                on=(names.key(purpose),),
            )
            for purpose in ("database", "operations")
        ),
        Grant(
            identity=names.label(place.scope, "logs"),
            role=KEY_USER,
            on=(names.key("operations"),),
        ),
        Grant(identity=service, role=KEY_SIGNER, on=(names.key(_SIGNING),)),
        Grant(identity=service, role=QUEUE_SENDER, on=(_EVENTS,)),
        Grant(identity=service, role=IMAGE_PULLER, on=()),
        Grant(identity=core_identity(place, _RELEASE), role=IMAGE_PULLER, on=()),
    ]
    audit = Grant(identity=service, role=BLOB_WRITER, on=(audit_account(place), AUDIT))
    return {**dict.fromkeys(plain, ""), audit: NO_DELETE}


def core_identity(place: Place, purpose: str) -> str:
    """The name of one of the core's own identities: `core`, `mailbox` or `release`."""
    return names.identity(place.scope, purpose)


def core_actors(place: Place) -> frozenset[str]:
    """The names of all identities that the core service acts as."""
    return frozenset(core_identity(place, each) for each in (_SERVICE, _MAILBOX, _RELEASE))


def audit_account(place: Place) -> str:
    """The name of the storage account of the core's audit data."""
    return names.storage_account(place.scope, AUDIT)


def is_core_app(place: Place, app: Resource) -> bool:
    """Whether an app is the core service, by its computed name and its stack."""
    own = names.container_app(place.scope, _SERVICE)
    return place.layer == LAYER and app.values.get("name") == own


def core_service(resources: Resources, place: Place, app: Resource) -> Iterator[Fact]:
    """What the core service is told, by whom it is called, and how often it runs."""
    most = app.get("template", "max_replicas")
    if not str(most).isdigit() or int(str(most)) > _MOST:
        yield undecided(app.address, f"why there are up to {most} instances, where {_MOST} will do")
    yield from _called(place, app)
    told, named = _told(place), _named(place)
    for container in listed(app.get("template", "container")):
        for variable in listed(container.get("env") if isinstance(container, Mapping) else None):
            name, value = str(variable.get("name")), variable.get("value")
            attribute, called = named.get(name, ("", ""))
            if attribute:
                found = owned(resources, value, attribute)
                own = found is not None and found.values.get("name") == called
            else:
                own = name in told and resolved(resources, str(value)) == told[name]
            if not own:
                yield undecided(app.address, f"what the core does with {name} as it is")


def core_database(resources: Resources, place: Place) -> Iterator[Fact]:
    """Who rules over the core's database, and how it is spoken to."""
    for server in resources.of_type(_SERVER):
        told = {
            str(one.values.get("name")): str(one.values.get("value"))
            for one in resources.of_type(_PARAMETER)
            if owned(resources, one.values.get("server_id"), f"{_SERVER}.id") is server
        }
        # Encrypted connections are Azure's default, and a default can be changed by hand.
        if told.get("require_secure_transport", "").lower() != "on":
            yield connection(server, kind="public", what="answers connections without TLS")
    for one in resources.of_type(_ADMINISTRATOR):
        identity = owned(
            resources,
            one.values.get("object_id"),
            "azurerm_user_assigned_identity.principal_id",
        )
        found = None if identity is None else identity.values.get("name")
        own = core_identity(place, _SERVICE)
        if found != own or one.values.get("principal_name") != own or place.layer != LAYER:
            yield undecided(one.address, "what an administrator does who is not the core service")


def keys(resources: Resources, place: Place) -> Iterator[Fact]:
    """Keys that could do something else than their name says.

    One key of the core's signs and does nothing else. All others wrap the keys that data lies
    under, and do nothing else: Key Vault, "About keys" (elliptic curves sign, and wrap nothing).
    """
    for key in resources.of_type("azurerm_key_vault_key"):
        signs = place.layer == LAYER and key.values.get("name") == names.key(_SIGNING)
        kind, uses = _SIGNS if signs else _WRAPS
        found = {str(one) for one in listed(key.values.get("key_opts"))}
        if key.values.get("key_type") != kind or found - uses:
            what = ", ".join(sorted(found)) or "whatever it is asked"
            yield undecided(
                key.address, f"why a key of type {key.values.get('key_type')} does {what}"
            )


def core_alone(resources: Resources, place: Place) -> Iterator[Fact]:
    """What stands elsewhere than in the core, and is the core's alone."""
    if place.layer != LAYER:
        for type_ in _OF_CORE:
            for resource in resources.of_type(type_):
                yield undecided(resource.address, "what it is for outside of the core")
    for app in resources.of_type("azurerm_container_app"):
        ignored = listed(app.get("lifecycle", "ignore_changes"))
        if _LEAST in ignored and not is_core_app(place, app):
            yield undecided(app.address, f"why nobody watches {_LEAST}")


def _called(place: Place, app: Resource) -> Iterator[Fact]:
    """The core is called from its own network alone; the environment has no public address."""
    for ingress in app.blocks("ingress"):
        ranges = [
            block.get("ip_address_range")
            for block in listed(ingress.get("ip_security_restriction"))
            if isinstance(block, Mapping) and block.get("action") == "Allow"
        ]
        inside = ranges and all(within(str(one), place.networks, exact=True) for one in ranges)
        if not inside or on(ingress.get("allow_insecure_connections")):
            yield connection(app, kind="public", what="takes calls from beyond the core's network")


def _named(place: Place) -> Mapping[str, tuple[str, str]]:
    """Variable -> the attribute that it holds, and the name of the resource that has it."""
    vault_key = "azurerm_key_vault_key.versionless_id"
    return {
        "AZURE_CLIENT_ID": (_CLIENT, core_identity(place, _SERVICE)),
        "STUDIO_DATABASE_HOST": (f"{_SERVER}.fqdn", names.database_server(place.scope)),
        "STUDIO_MAILBOX_CLIENT_ID": (_CLIENT, core_identity(place, _MAILBOX)),
        "STUDIO_RELEASE_CLIENT_ID": (_CLIENT, core_identity(place, _RELEASE)),
        "STUDIO_SIGNING_KEY": (vault_key, names.key(_SIGNING)),
    }


def _told(place: Place) -> Mapping[str, str]:
    """Variable -> what it holds."""
    bus = f"https://{names.service_bus(place.scope)}.servicebus.windows.net"
    return {
        "STUDIO_AUDIT_BUCKET": audit_account(place),
        "STUDIO_DATABASE_NAME": place.studio.replace("-", "_"),
        "STUDIO_DATABASE_USER": core_identity(place, _SERVICE),
        "STUDIO_DOMAIN": place.domain,
        "STUDIO_EVENT_BUS": f"{bus}/{_EVENTS}",
        "STUDIO_NAME": place.studio,
    }
