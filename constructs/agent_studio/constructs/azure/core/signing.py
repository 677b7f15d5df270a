"""The key that signs bundles and releases.

Sources: Key Vault, "About keys" (EC-HSM, P-256), "Configure cryptographic key auto-rotation"; Azure
RBAC, "Azure built-in roles for Security".
"""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.key_vault_key import KeyVaultKey
from constructs import Construct

from agent_studio.constructs.azure.access import KEY_SIGNER, grant
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate import Cell
from agent_studio.estate.names import azure as names

SIGNING = "signing"
"""The key's purpose."""


class SigningKey(Construct):
    """The ECDSA P-256 key that signs bundles and releases.

    Guarantee: the private half never leaves the vault's hardware module, the key can sign and
    verify and do nothing else, the core service alone is granted a role on it, and no plan destroys
    it.

    It does not rotate by itself: who verifies has to learn a new key's public half first. The role
    holds more than signing, since no built-in role holds that alone: the service may change the
    key's attributes, and back it up into a form that this subscription's vaults alone restore. Who
    holds a role on the whole vault, as Terraform's `apply` does to make keys, can sign with it too;
    the vault's log shows each signature.

    Args:
        scope: the core's stack.
        id_: the construct's id.
        cell: the core's view.
        keys: the core's keys, whose vault holds this one too.
        signer: object id of the identity that may sign.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys, signer: str
    ) -> None:
        super().__init__(scope, id_)
        key = KeyVaultKey(
            self,
            "key",
            name=names.key(SIGNING),
            key_vault_id=keys.vault_id,
            key_type="EC-HSM",
            curve="P-256",
            key_opts=["sign", "verify"],
            tags=tags(cell, f"key-{SIGNING}"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        grant(self, "signs", role=KEY_SIGNER, on=key.resource_versionless_id, principal_id=signer)
        self.key_id: str = key.versionless_id
        """The key's address without a version."""
