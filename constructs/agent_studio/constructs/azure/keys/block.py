"""The keys of a cell: one for each class of data, and one for operations.

Sources: Key Vault, "Azure Key Vault soft-delete overview", "Configure cryptographic key
auto-rotation", "Provide access to Key Vault keys with Azure role-based access control".
"""

from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.key_vault import KeyVault, KeyVaultNetworkAcls
from cdktf_cdktf_provider_azurerm.key_vault_key import (
    KeyVaultKey,
    KeyVaultKeyRotationPolicy,
    KeyVaultKeyRotationPolicyAutomatic,
)
from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

OPERATIONS = "operations"
"""The purpose of the key that encrypts logs, queues, the mailbox and the registry."""

SOFT_DELETE_DAYS = 90
"""The longest that a vault keeps what was deleted, in days."""

_USE = "Key Vault Crypto Service Encryption User"
"""Built-in role: read a key's metadata, wrap and unwrap with it; no more."""


@dataclass(frozen=True)
class _Key:
    id: str
    identity_id: str
    grant: RoleAssignment


class CellKeys(Construct):
    """A customer-managed key for each class of data in the cell, and one for operations.

    Guarantee: every key lies in a hardware module of one vault in the cell's region, rotates each
    year and cannot be destroyed by a plan; the vault keeps deleted keys for 90 days and lets nobody
    purge them. The vault answers on no public network, and to roles alone (no access policies).
    Each key has an identity of its own, which the services that it encrypts for take on; that
    identity may wrap and unwrap with this key and with no other.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.

    Raises:
        StudioError: the cell's account has no tenant, or a data class bears the name of the cell's
            own key.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        self._cell = cell
        self._group = CellGroup.of(self, cell=cell)
        self._keys: dict[str, _Key] = {}
        if cell.account.tenant is None:
            raise StudioError(
                f"account {cell.account.name} has no tenant",
                found="none",
                allowed="the UUID of the subscription's Entra tenant",
                fix=f"set tenant under accounts: {cell.account.name}",
                exit_code=ExitCode.INVALID,
            )
        vault = KeyVault(
            self,
            "vault",
            name=names.key_vault(cell.scope, "keys"),
            location=cell.region.name,
            resource_group_name=self._group.name,
            tenant_id=cell.account.tenant,
            # Keys of type RSA-HSM need it.
            sku_name="premium",
            rbac_authorization_enabled=True,
            purge_protection_enabled=True,
            soft_delete_retention_days=SOFT_DELETE_DAYS,
            public_network_access_enabled=False,
            enabled_for_deployment=False,
            enabled_for_disk_encryption=False,
            enabled_for_template_deployment=False,
            # Storage, Service Bus, the registry and Log Analytics come to their keys as trusted
            # services (Key Vault, "Configure Azure Key Vault networking settings").
            network_acls=KeyVaultNetworkAcls(default_action="Deny", bypass="AzureServices"),
            tags=tags(cell, "keys"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.vault_id: str = vault.id
        """The vault's resource id."""
        for data_class in cell.data_classes:
            self._add(f"class-{data_class.name}", data_class.name, data_class.name)
        self._add(OPERATIONS, OPERATIONS, None)

    def key_id(self, purpose: str) -> str:
        """Give the address of a key without a version, so that services follow its rotation.

        Args:
            purpose: the name of a data class of the cell, or `operations`.

        Raises:
            KeyError: the cell has no such key.
        """
        return self._key(purpose).id

    def identity_id(self, purpose: str) -> str:
        """Give the resource id of the identity with which services use a key.

        Args:
            purpose: as for `key_id`.

        Raises:
            KeyError: the cell has no such key.
        """
        return self._key(purpose).identity_id

    def grant(self, purpose: str) -> RoleAssignment:
        """Give what a service that uses a key depends on: without it, it cannot be made.

        Args:
            purpose: as for `key_id`.

        Raises:
            KeyError: the cell has no such key.
        """
        return self._key(purpose).grant

    def _key(self, purpose: str) -> _Key:
        if purpose not in self._keys:
            message = f"the cell has no key {purpose!r}; it has {', '.join(sorted(self._keys))}"
            raise KeyError(message)
        return self._keys[purpose]

    def _add(self, id_: str, purpose: str, data_class: str | None) -> None:
        if purpose in self._keys:
            raise StudioError(
                "a data class bears the name of the cell's own key",
                found=purpose,
                fix=f"give the data class {purpose} another name",
                exit_code=ExitCode.INVALID,
            )
        own = tags(self._cell, f"key-{purpose}", data_class)
        key = KeyVaultKey(
            self,
            id_,
            name=names.key(purpose),
            key_vault_id=self.vault_id,
            key_type="RSA-HSM",
            key_size=3072,
            key_opts=["unwrapKey", "wrapKey"],
            rotation_policy=KeyVaultKeyRotationPolicy(
                expire_after="P2Y",
                notify_before_expiry="P30D",
                automatic=KeyVaultKeyRotationPolicyAutomatic(time_after_creation="P1Y"),
            ),
            tags=own,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        identity = UserAssignedIdentity(
            self,
            f"{id_}-identity",
            name=names.identity(self._cell.scope, f"key-{purpose}"),
            location=self._cell.region.name,
            resource_group_name=self._group.name,
            tags=own,
        )
        grant = RoleAssignment(
            self,
            f"{id_}-use",
            scope=key.resource_versionless_id,
            role_definition_name=_USE,
            principal_id=identity.principal_id,
            principal_type="ServicePrincipal",
        )
        self._keys[purpose] = _Key(key.versionless_id, identity.id, grant)
