"""One key, with the service agents that may use it."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.kms_crypto_key import KmsCryptoKey, KmsCryptoKeyVersionTemplate
from cdktf_cdktf_provider_google.kms_crypto_key_iam_policy import KmsCryptoKeyIamPolicy
from constructs import Construct

from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate.names import gcp as names

ROTATION_SECONDS = 90 * 24 * 3600
"""How often a key gets a new version (Cloud KMS, "Key rotation": 90 days are recommended)."""

DELETION_WINDOW_SECONDS = 30 * 24 * 3600
"""How long a version waits once its destruction is asked for: a day to 120 days (Cloud KMS)."""

USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


def add_key(
    scope: Construct,
    id_: str,
    *,
    purpose: str,
    ring_id: str,
    agents: Sequence[str],
    data_class: str | None = None,
) -> str:
    """Add a key that rotates and that no plan destroys, with its whole access policy.

    Args:
        scope: the block that owns it.
        id_: its id within the block.
        purpose: what its name is made of.
        ring_id: the key ring.
        agents: the service agents that encrypt with it, as members of IAM policies.
        data_class: the class of data that it encrypts.

    Returns:
        The key's resource name, as a reference to its access policy, so that whatever is encrypted
        with the key is made after its service agent may use it.
    """
    key = KmsCryptoKey(
        scope,
        id_,
        name=names.key(purpose),
        key_ring=ring_id,
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
    policy = KmsCryptoKeyIamPolicy(
        scope, f"{id_}-access", crypto_key_id=key.id, policy_data=access.document()
    )
    return str(policy.crypto_key_id)
