"""Who may hold which role on what, as the estate's file has it: names alone, computed from it.

What cells consist of is told by the blocks in `constructs/agent_studio/constructs/azure`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent_studio.estate.names import azure as names
from agent_studio.policies.facts.place import Place

IMAGE_PULLER = "AcrPull"
IMAGE_PUSHER = "AcrPush"
BLOB_READER = "Storage Blob Data Reader"
BLOB_WRITER = "Storage Blob Data Contributor"
KEY_USER = "Key Vault Crypto Service Encryption User"
MODEL_USER = "Cognitive Services OpenAI User"
QUEUE_READER = "Azure Service Bus Data Receiver"
QUEUE_SENDER = "Azure Service Bus Data Sender"

ROLES = frozenset(
    {
        IMAGE_PULLER,
        IMAGE_PUSHER,
        BLOB_READER,
        BLOB_WRITER,
        KEY_USER,
        MODEL_USER,
        QUEUE_READER,
        QUEUE_SENDER,
    }
)
"""Roles that let someone use a resource, and not rule over it (Azure RBAC, "Azure built-in
roles")."""

NO_DELETE = (
    "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'})"
)
"""The condition under which the core may write blobs, and delete none."""

_MAILBOX, _RELEASE = "mailbox", "release"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One role of one identity on one resource.

    Attributes:
        identity: the identity's name; the cluster's for a cluster of logs, which has one itself.
        role: the role's name.
        on: what the resource is called: the names from the outermost to itself; empty where its own
            type has one alone in a cell.
    """

    identity: str
    role: str
    on: tuple[str, ...]


def grants(place: Place) -> Mapping[Grant, str]:
    """Every grant that a stack may hold -> its condition; empty where it has none."""
    found = dict.fromkeys((*_of_keys(place), *_of_runtimes(place), *_of_core(place)), "")
    writer = Grant(identity=_core(place, _MAILBOX), role=BLOB_WRITER, on=_inbox(place))
    return {**found, writer: NO_DELETE}


def core_identities(place: Place) -> Mapping[str, str]:
    """Name of each identity that the core enters as -> the ARN of its role there."""
    return {_core(place, purpose): arn for purpose, arn in place.core_roles.items()}


def runtime_identity(place: Place, runtime: str) -> str:
    """The name of a runtime's identity."""
    return names.identity(place.scope, f"runtime-{runtime}")


def _core(place: Place, purpose: str) -> str:
    return names.identity(place.scope, f"core-{purpose}")


def _inbox(place: Place) -> tuple[str, ...]:
    return (names.storage_account(place.scope, _MAILBOX), "inbox")


def _of_keys(place: Place) -> Iterator[Grant]:
    classes = {name for each in place.data_classes.values() for name in each}
    for purpose in (*sorted(classes), "operations", "audit"):
        yield Grant(
            identity=names.identity(place.scope, f"key-{purpose}"),
            role=KEY_USER,
            on=(names.key(purpose),),
        )
    yield Grant(
        identity=names.label(place.scope, "logs"), role=KEY_USER, on=(names.key("operations"),)
    )


def _of_runtimes(place: Place) -> Iterator[Grant]:
    for runtime, classes in place.data_classes.items():
        identity = runtime_identity(place, runtime)
        yield Grant(identity=identity, role=IMAGE_PULLER, on=())
        yield Grant(identity=identity, role=BLOB_READER, on=_inbox(place))
        yield Grant(identity=identity, role=QUEUE_SENDER, on=(names.queue("mailbox-events"),))
        yield Grant(identity=identity, role=QUEUE_READER, on=(names.queue(f"work-{runtime}"),))
        if place.models_of.get(runtime):
            yield Grant(identity=identity, role=MODEL_USER, on=())
        for name in classes:
            account = names.storage_account(place.scope, f"store-{name}")
            yield Grant(identity=identity, role=BLOB_WRITER, on=(account, "data"))


def _of_core(place: Place) -> Iterator[Grant]:
    queue = (names.queue("mailbox-events"),)
    yield Grant(identity=_core(place, _MAILBOX), role=QUEUE_READER, on=queue)
    yield Grant(identity=_core(place, _RELEASE), role=IMAGE_PUSHER, on=())
