"""The keys of a cell: one for each class of data, and one for operations."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.kms_crypto_key import KmsCryptoKey, KmsCryptoKeyVersionTemplate
from cdktf_cdktf_provider_google.kms_crypto_key_iam_policy import KmsCryptoKeyIamPolicy
from cdktf_cdktf_provider_google.kms_key_ring import KmsKeyRing
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell
from agent_studio.estate.names import gcp as names

OPERATIONS = "operations"
"""The purpose of the key that encrypts logs, topics, the mailbox, the registry and the runtimes."""

ROTATION_SECONDS = 90 * 24 * 3600
"""How often a key gets a new version (Cloud KMS, "Key rotation": 90 days are recommended)."""

DELETION_WINDOW_SECONDS = 30 * 24 * 3600
"""How long a version waits once its destruction is asked for: a day to 120 days (Cloud KMS)."""

USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"

_OPERATIONS_AGENTS = ("artifact-registry", "cloud-run", "pubsub", "secret-manager")


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

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        self._policies: dict[str, KmsCryptoKeyIamPolicy] = {}
        ring = KmsKeyRing(
            self,
            "ring",
            name=names.key_ring(place),
            location=place.region,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        storage = service_agents.storage_agent(self, place)
        for data_class in cell.data_classes:
            if data_class.name == OPERATIONS:
                raise StudioError(
                    "a data class bears the name of the cell's own key",
                    found=OPERATIONS,
                    fix=f"give the data class {OPERATIONS} another name",
                    exit_code=ExitCode.INVALID,
                )
            self._add(
                f"class-{data_class.name}",
                purpose=data_class.name,
                ring=ring,
                agents=[storage],
                data_class=data_class.name,
            )
        self._add(
            OPERATIONS,
            purpose=OPERATIONS,
            ring=ring,
            agents=[
                storage,
                service_agents.logging_agent(self, place),
                *(service_agents.agent(self, place, each) for each in _OPERATIONS_AGENTS),
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
        if purpose not in self._policies:
            message = f"the cell has no key {purpose!r}; it has {', '.join(sorted(self._policies))}"
            raise KeyError(message)
        return self._policies[purpose].crypto_key_id

    def _add(
        self,
        id_: str,
        *,
        purpose: str,
        ring: KmsKeyRing,
        agents: list[str],
        data_class: str | None = None,
    ) -> None:
        key = KmsCryptoKey(
            self,
            id_,
            name=names.key(purpose),
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{ROTATION_SECONDS}s",
            destroy_scheduled_duration=f"{DELETION_WINDOW_SECONDS}s",
            version_template=KmsCryptoKeyVersionTemplate(
                algorithm="GOOGLE_SYMMETRIC_ENCRYPTION", protection_level="SOFTWARE"
            ),
            labels=labels(f"key-{purpose}", data_class),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        access = Access()
        access.grant(USE, agents)
        self._policies[purpose] = KmsCryptoKeyIamPolicy(
            self, f"{id_}-access", crypto_key_id=key.id, policy_data=access.document()
        )
