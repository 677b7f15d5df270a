"""The key that signs bundles and releases."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.kms_crypto_key import KmsCryptoKey, KmsCryptoKeyVersionTemplate
from cdktf_cdktf_provider_google.kms_crypto_key_iam_policy import KmsCryptoKeyIamPolicy
from constructs import Construct

from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.keys.key import DELETION_WINDOW_SECONDS
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate.names import gcp as names

SIGN = "roles/cloudkms.signerVerifier"
"""Sign, verify, and fetch the public half (Cloud KMS, "Permissions and roles")."""


class SigningKey(Construct):
    """The ECDSA P-256 key that signs bundles and releases.

    Guarantee: the private half never leaves Cloud KMS's hardware, the key's own policy lets the
    core service alone sign with it, and no plan destroys it.

    Cloud KMS does not rotate asymmetric keys by itself: a new version is made by hand, since who
    verifies has to learn its public half first (Cloud KMS, "Key rotation"). An owner of the project
    has roles on everything in it, this key among it; the project's trail shows each signature.

    Args:
        scope: the stack.
        id_: the construct's id.
        ring_id: the core's key ring.
        signer: who may sign, as a member of IAM policies.
    """

    def __init__(self, scope: Construct, id_: str, *, ring_id: str, signer: str) -> None:
        super().__init__(scope, id_)
        key = KmsCryptoKey(
            self,
            "key",
            name=names.key("signing"),
            key_ring=ring_id,
            purpose="ASYMMETRIC_SIGN",
            destroy_scheduled_duration=f"{DELETION_WINDOW_SECONDS}s",
            version_template=KmsCryptoKeyVersionTemplate(
                algorithm="EC_SIGN_P256_SHA256", protection_level="HSM"
            ),
            labels=labels("key-signing"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        access = Access()
        access.grant(SIGN, [signer])
        KmsCryptoKeyIamPolicy(self, "access", crypto_key_id=key.id, policy_data=access.document())
        self.key_id: str = key.id
        """The key's resource name."""
