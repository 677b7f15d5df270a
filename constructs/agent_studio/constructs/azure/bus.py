"""The queues of a cell: one Service Bus namespace, encrypted and closed.

Sources: Service Bus, "Configure customer-managed keys", "Allow access via private endpoints" (both
Premium's alone), "Service Bus dead-letter queues", "Message transfers, locks, and settlement" (a
lock lasts five minutes at the longest).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_azurerm.servicebus_namespace import (
    ServicebusNamespace,
    ServicebusNamespaceCustomerManagedKey,
    ServicebusNamespaceIdentity,
)
from cdktf_cdktf_provider_azurerm.servicebus_queue import ServicebusQueue
from constructs import Construct

from agent_studio.constructs.azure.access import QUEUE_READER, QUEUE_SENDER, grant
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import OPERATIONS, CellKeys
from agent_studio.constructs.azure.network import CellNetwork
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import log_everything
from agent_studio.estate.names import azure as names

if TYPE_CHECKING:
    from agent_studio.estate import Cell

__all__ = ["CellBus", "Queue"]

RETENTION = "P14D"
"""How long a message that nobody took is kept, before it goes to the dead letters."""

ATTEMPTS = 5
"""Tries of a message before it is set aside."""

LOCK = "PT5M"
"""How long a reader has for a message until it renews its hold; five minutes is the longest."""

_ID = "bus"


class CellBus(Construct):
    """The one Service Bus namespace of a cell, which all of its queues share.

    Guarantee: messages lie in the cell's region, encrypted with the operations key and, below it,
    with one of the platform's. The namespace answers in the cell's network alone, over TLS 1.2 or
    later, to identities of Entra alone; each of its operations is logged, and no plan destroys it.

    Args:
        scope: the cell's stack.
        id_: the id within the stack; `CellBus.of` takes `bus`.
        cell: the cell.
        keys: the cell's keys.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        namespace = ServicebusNamespace(
            self,
            "namespace",
            name=names.service_bus(cell.scope),
            location=cell.region.name,
            resource_group_name=CellGroup.of(self, cell=cell).name,
            sku="Premium",
            capacity=1,
            premium_messaging_partitions=1,
            local_auth_enabled=False,
            minimum_tls_version="1.2",
            public_network_access_enabled=False,
            identity=ServicebusNamespaceIdentity(
                type="UserAssigned", identity_ids=[keys.key(OPERATIONS).identity_id]
            ),
            customer_managed_key=ServicebusNamespaceCustomerManagedKey(
                key_vault_key_id=keys.key_id(OPERATIONS),
                identity_id=keys.key(OPERATIONS).identity_id,
                infrastructure_encryption_enabled=True,
            ),
            tags=tags(cell, "queues"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[keys.key(OPERATIONS).grant],
        )
        self.namespace_id: str = namespace.id
        """The namespace's resource id."""
        self.namespace_name: str = namespace.name
        """The namespace's name."""
        CellNetwork.of(self).connect(self, "endpoint", "namespace", namespace.id, purpose="queues")
        log_everything(self, "logging", cell=cell, keys=keys, target=namespace.id)

    @classmethod
    def of(cls, scope: Construct, *, cell: Cell, keys: CellKeys) -> CellBus:
        """Give the namespace of the stack that holds `scope`, made when first asked for."""
        stack = TerraformStack.of(scope)
        found = stack.node.try_find_child(_ID)
        return found if isinstance(found, cls) else cls(stack, _ID, cell=cell, keys=keys)


class Queue(Construct):
    """A queue of the cell; what fails five times, or waits for 14 days, is set aside.

    Guarantee: no message is stored outside of the region or under another key, and none is lost:
    what fails five times or that nobody takes within 14 days waits in the queue's dead letters. A
    plan destroys it in no case. Who sends and who takes is said by roles on this queue alone.

    Args:
        scope: the block that owns the queue.
        id_: the queue's id within it.
        cell: the cell.
        keys: the cell's keys.
        purpose: what the queue's name is made of.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, purpose: str
    ) -> None:
        super().__init__(scope, id_)
        bus = CellBus.of(self, cell=cell, keys=keys)
        queue = ServicebusQueue(
            self,
            "queue",
            name=names.queue(purpose),
            namespace_id=bus.namespace_id,
            dead_lettering_on_message_expiration=True,
            default_message_ttl=RETENTION,
            max_delivery_count=ATTEMPTS,
            lock_duration=LOCK,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.id: str = queue.id
        """The queue's resource id."""
        self.name: str = queue.name
        """The queue's name."""
        self.namespace_id: str = bus.namespace_id
        """The resource id of the namespace that holds it."""
        self.address: str = f"https://{bus.namespace_name}.servicebus.windows.net/{queue.name}"
        """Where messages are sent to and taken from."""

    def admit_sender(self, scope: Construct, id_: str, principal_id: str) -> None:
        """Let an identity send; the grant is `scope`'s and bears the id `id_`."""
        grant(scope, id_, role=QUEUE_SENDER, on=self.id, principal_id=principal_id)

    def admit_reader(self, scope: Construct, id_: str, principal_id: str) -> None:
        """Let an identity take messages; the grant is `scope`'s and bears the id `id_`."""
        grant(scope, id_, role=QUEUE_READER, on=self.id, principal_id=principal_id)
