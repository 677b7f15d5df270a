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
KEY_SIGNER = "Key Vault Crypto User"
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
        KEY_SIGNER,
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

EVENTS = names.queue("mailbox-events")
"""The queue of what goes to the core."""

INBOX = "inbox"
"""The container of what comes from it."""

_MODELS = "azure/"
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
    """Name of each identity that the core enters as -> the ARN of its role there, or its number."""
    subjects = {**place.core_roles, **place.core_subjects}
    return {_core(place, purpose): subject for purpose, subject in subjects.items()}


def declared_identities(place: Place) -> Mapping[str, str]:
    """Object id of each identity of a core on Azure -> what it is called in a cell's grants."""
    return {found: _core(place, purpose) for purpose, found in place.core_principals.items()}


def data_classes(place: Place) -> Mapping[str, int]:
    """Every class of data that a runtime may touch -> the days for which it is kept."""
    return {
        each.name: each.retention_days
        for profile in place.profiles.values()
        for each in profile.data_classes
    }


def store_account(place: Place, data_class: str) -> str:
    """The name of the storage account of a class of data."""
    return names.storage_account(place.scope, f"store-{data_class}")


def mailbox_account(place: Place) -> str:
    """The name of the mailbox's storage account."""
    return names.storage_account(place.scope, _MAILBOX)


def work_queue(runtime: str) -> str:
    """The name of a runtime's own queue."""
    return names.queue(f"work-{runtime}")


def runtime_identity(place: Place, runtime: str) -> str:
    """The name of a runtime's identity."""
    return names.identity(place.scope, f"runtime-{runtime}")


def _core(place: Place, purpose: str) -> str:
    return names.identity(place.scope, f"core-{purpose}")


def _inbox(place: Place) -> tuple[str, ...]:
    return (mailbox_account(place), INBOX)


def _of_keys(place: Place) -> Iterator[Grant]:
    for purpose in (*sorted(data_classes(place)), "operations", "audit"):
        yield Grant(
            identity=names.identity(place.scope, f"key-{purpose}"),
            role=KEY_USER,
            on=(names.key(purpose),),
        )
    yield Grant(
        identity=names.label(place.scope, "logs"), role=KEY_USER, on=(names.key("operations"),)
    )


def _of_runtimes(place: Place) -> Iterator[Grant]:
    for runtime, profile in place.profiles.items():
        identity = runtime_identity(place, runtime)
        yield Grant(identity=identity, role=IMAGE_PULLER, on=())
        yield Grant(identity=identity, role=BLOB_READER, on=_inbox(place))
        yield Grant(identity=identity, role=QUEUE_SENDER, on=(EVENTS,))
        yield Grant(identity=identity, role=QUEUE_READER, on=(work_queue(runtime),))
        if any(each.startswith(_MODELS) for each in profile.models):
            yield Grant(identity=identity, role=MODEL_USER, on=())
        for each in profile.data_classes:
            account = store_account(place, each.name)
            yield Grant(identity=identity, role=BLOB_WRITER, on=(account, "data"))


def _of_core(place: Place) -> Iterator[Grant]:
    yield Grant(identity=_core(place, _MAILBOX), role=QUEUE_READER, on=(EVENTS,))
    yield Grant(identity=_core(place, _RELEASE), role=IMAGE_PUSHER, on=())
