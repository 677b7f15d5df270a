"""The keys of a cell: one for each class of data, and one for operations."""

from typing import ClassVar

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.kms_key_ring import KmsKeyRing
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.keys.key import add_key
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell
from agent_studio.estate.names import gcp as names

OPERATIONS = "operations"
"""The purpose of the key that encrypts logs, topics, the mailbox, the registry and the runtimes."""


class CellKeys(Construct):
    """A customer-managed key for each class of data in the cell, and one for operations.

    Guarantee: every key lies in the cell's region, rotates every 90 days, cannot be destroyed by a
    plan, and its versions wait 30 days when their destruction is asked for. A data class's own
    policy names Cloud Storage's service agent alone; the operations key's names the agents of the
    services that the cell runs on. No person and no runtime has a role on a key: data is reached
    through the service that keeps it.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.

    Raises:
        StudioError: a data class bears the name of the cell's own key.
    """

    SERVICES: ClassVar[tuple[str, ...]] = (
        "artifact-registry",
        "cloud-run",
        "pubsub",
        "secret-manager",
    )
    """Services, besides storage and logging, whose agents use the operations key."""

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        self._keys: dict[str, str] = {}
        ring = KmsKeyRing(
            self,
            "ring",
            name=names.key_ring(place),
            location=place.region,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.ring_id: str = ring.id
        """Resource name of the key ring that holds them."""
        storage = service_agents.storage_agent(self, place)
        for data_class in cell.data_classes:
            if data_class.name == OPERATIONS:
                raise StudioError(
                    "a data class bears the name of the cell's own key",
                    found=OPERATIONS,
                    fix=f"give the data class {OPERATIONS} another name",
                    exit_code=ExitCode.INVALID,
                )
            self._keys[data_class.name] = add_key(
                self,
                f"class-{data_class.name}",
                purpose=data_class.name,
                ring_id=ring.id,
                agents=[storage],
                data_class=data_class.name,
            )
        self._keys[OPERATIONS] = add_key(
            self,
            OPERATIONS,
            purpose=OPERATIONS,
            ring_id=ring.id,
            agents=[
                storage,
                service_agents.logging_agent(self, place),
                *(service_agents.agent(self, place, each) for each in self.SERVICES),
            ],
        )

    def key_id(self, purpose: str) -> str:
        """Give a key's resource name, as a reference.

        It refers to the key's access policy, so that whatever is encrypted with the key is made
        after its service agent may use it.

        Args:
            purpose: the name of a data class of the cell, or `operations`.

        Raises:
            KeyError: the cell has no such key.
        """
        if purpose not in self._keys:
            message = f"the cell has no key {purpose!r}; it has {', '.join(sorted(self._keys))}"
            raise KeyError(message)
        return self._keys[purpose]
