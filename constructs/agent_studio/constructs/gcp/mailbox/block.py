"""`ControlMailbox`: where core and cell meet."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.secret_manager_secret import (
    SecretManagerSecret,
    SecretManagerSecretReplication,
    SecretManagerSecretReplicationUserManaged,
    SecretManagerSecretReplicationUserManagedReplicas,
    SecretManagerSecretReplicationUserManagedReplicasCustomerManagedEncryption,
)
from cdktf_cdktf_provider_google.secret_manager_secret_iam_policy import (
    SecretManagerSecretIamPolicy,
)
from constructs import Construct

from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.federation import MAILBOX, CoreFederation
from agent_studio.constructs.gcp.keys import OPERATIONS, CellKeys
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.queue import Queue
from agent_studio.constructs.gcp.store.access_logs import AccessLogs
from agent_studio.constructs.gcp.store.bucket import Bucket
from agent_studio.estate import Cell, Scope
from agent_studio.estate.names import gcp as names

NONCURRENT_DAYS = 365
"""Days that a replaced version would be kept, for audits and for going back."""

EVENT_HANDLING_SECONDS = 60
"""How long the core has for a batch of events before another reader sees it."""

_WRITE_OBJECTS = ("roles/storage.objectCreator", "roles/storage.objectViewer")
_READ_OBJECTS = "roles/storage.objectViewer"
_WRITE_PARAMETERS = ("roles/secretmanager.secretVersionAdder", "roles/secretmanager.secretAccessor")
_READ_PARAMETERS = "roles/secretmanager.secretAccessor"


class ControlMailbox(Construct):
    """The cell's own store, parameters and queue, through which core and cell exchange everything.

    Guarantee: a cell never calls the core. What comes from the core (policy bundles, kill epochs,
    releases) lies in a versioned bucket and in secrets with one replica, in the cell's region,
    both encrypted with the cell's operations key: the cell's runtimes read them, and the core's
    own federated identity alone writes them. It adds objects and versions, and neither replaces
    nor removes any. What goes to the core lies in a queue with dead letters: the cell's runtimes
    publish, the core alone takes. The policies of bucket, secrets and queue name nobody else.

    The parameters are secrets with a replica that the cell chooses: Secret Manager's regional
    secrets are reached through regional endpoints, which restricted.googleapis.com does not serve.
    Terraform makes them without a version; a reader takes a missing version for nothing said yet.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys.
        core: the core's place.
        access_logs: where access to the bucket is logged.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        core: Scope,
        access_logs: AccessLogs,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        key_id = keys.key_id(OPERATIONS)
        writer = CoreFederation.of(self, cell=cell, core=core).member(MAILBOX)
        self._inbox = Bucket(
            self,
            "inbox",
            place=place,
            purpose="mailbox",
            key_id=key_id,
            noncurrent_days=NONCURRENT_DAYS,
            access_logs=access_logs.bucket,
        )
        for role in _WRITE_OBJECTS:
            self._inbox.grant(role, writer)
        self.store_name: str = self._inbox.name
        """Name of the bucket for bundles, epochs and releases."""
        self.store_id: str = self._inbox.name
        """What identifies that bucket: its name, which is unique over all of Google Cloud."""
        self._parameters = {
            purpose: _parameter(self, purpose, place=place, key_id=key_id, writer=writer)
            for purpose in parameter_purposes(cell)
        }
        self._events = Queue(
            self,
            "events",
            place=place,
            purpose="mailbox-events",
            key_id=key_id,
            handling_seconds=EVENT_HANDLING_SECONDS,
        )
        self._events.admit_reader(writer)
        self.queue_id: str = self._events.id
        """Resource name of the topic to which the cell's runtimes publish events."""
        self.queue_address: str = self._events.address
        """Where events are published to."""

    @property
    def parameter_ids(self) -> dict[str, str]:
        """Names of the secrets by what they hold: `bundle`, `kill-epoch`, `releases/<runtime>`."""
        return {purpose: secret_id for purpose, (secret_id, _) in self._parameters.items()}

    def admit(self, member: str) -> None:
        """Let a runtime's identity read what comes from the core and publish what goes there."""
        self._inbox.grant(_READ_OBJECTS, member)
        for _, access in self._parameters.values():
            access.grant(_READ_PARAMETERS, [member])
        self._events.admit_publisher(member)


def parameter_purposes(cell: Cell) -> list[str]:
    """Give what the mailbox's parameters hold."""
    return ["bundle", "kill-epoch", *(f"releases/{each.name}" for each in cell.runtimes)]


def _parameter(
    scope: Construct, purpose: str, *, place: Scope, key_id: str, writer: str
) -> tuple[str, Access]:
    id_ = purpose.replace("/", "-")
    replica = SecretManagerSecretReplicationUserManagedReplicas(
        location=place.region,
        customer_managed_encryption=(
            SecretManagerSecretReplicationUserManagedReplicasCustomerManagedEncryption(
                kms_key_name=key_id
            )
        ),
    )
    secret = SecretManagerSecret(
        scope,
        id_,
        secret_id=names.secret(place, f"mailbox-{id_}"),
        replication=SecretManagerSecretReplication(
            user_managed=SecretManagerSecretReplicationUserManaged(replicas=[replica])
        ),
        labels=labels(f"mailbox-{id_}"),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )
    access = Access()
    for role in _WRITE_PARAMETERS:
        access.grant(role, [writer])
    access.hold(
        SecretManagerSecretIamPolicy(
            scope, f"{id_}-access", secret_id=secret.secret_id, policy_data=access.document()
        )
    )
    return secret.secret_id, access
