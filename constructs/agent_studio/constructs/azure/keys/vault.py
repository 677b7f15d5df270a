"""A key vault and its keys, as every stack has them.

Sources: Key Vault, "Azure Key Vault soft-delete overview", "Configure cryptographic key
auto-rotation", "Provide access to Key Vault keys with Azure role-based access control".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

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

from agent_studio.constructs.azure.access import KEY_USER, grant
from agent_studio.estate import Account, Scope
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.names import azure as names

SOFT_DELETE_DAYS = 90
"""The longest that a vault keeps what was deleted, in days."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key, and what services use it with.

    Attributes:
        id: its address without a version, so that services follow its rotation.
        resource_id: its resource id without a version, on which roles are given.
        identity_id: resource id of the identity with which services use it.
        client_id: client id of that identity, by which a registry takes it.
        grant: what a service that uses it depends on: without it, it cannot be made.
    """

    id: str
    resource_id: str
    identity_id: str
    client_id: str
    grant: RoleAssignment


def add_vault(
    scope: Construct,
    *,
    place: Scope,
    account: Account,
    group: str,
    addresses: Sequence[IPv4Network],
    tags: Mapping[str, str],
) -> KeyVault:
    """Add a vault that keeps what was deleted, answers to roles alone, and no plan destroys.

    Args:
        scope: the block that owns it.
        place: the stack's place.
        account: the subscription.
        group: name of the stack's resource group.
        addresses: public ranges that its data plane answers to, since keys are made through it;
            none closes it to every public network.
        tags: the vault's tags.

    Raises:
        StudioError: the subscription has no tenant.
    """
    if account.tenant is None:
        raise StudioError(
            f"account {account.name} has no tenant",
            found="none",
            allowed="the UUID of the subscription's Entra tenant",
            fix=f"set tenant under accounts: {account.name}",
            exit_code=ExitCode.INVALID,
        )
    return KeyVault(
        scope,
        "vault",
        name=names.key_vault(place, "keys"),
        location=place.region,
        resource_group_name=group,
        tenant_id=account.tenant,
        # Keys of type RSA-HSM need it.
        sku_name="premium",
        rbac_authorization_enabled=True,
        purge_protection_enabled=True,
        soft_delete_retention_days=SOFT_DELETE_DAYS,
        public_network_access_enabled=bool(addresses),
        enabled_for_deployment=False,
        enabled_for_disk_encryption=False,
        enabled_for_template_deployment=False,
        # Storage, Service Bus, the registry and Log Analytics come to their keys as trusted
        # services (Key Vault, "Configure Azure Key Vault networking settings").
        network_acls=KeyVaultNetworkAcls(
            default_action="Deny",
            bypass="AzureServices",
            ip_rules=[str(each) for each in addresses] or None,
        ),
        tags=dict(tags),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )


def add_key(
    scope: Construct,
    id_: str,
    *,
    place: Scope,
    group: str,
    vault_id: str,
    purpose: str,
    tags: Mapping[str, str],
) -> Key:
    """Add a key that rotates each year, and the identity that may wrap and unwrap with it alone.

    Args:
        scope: the block that owns it.
        id_: the key's id within the block.
        place: the stack's place.
        group: name of the stack's resource group.
        vault_id: resource id of the vault.
        purpose: what the names of key and identity are made of.
        tags: tags of key and identity.
    """
    key = KeyVaultKey(
        scope,
        id_,
        name=names.key(purpose),
        key_vault_id=vault_id,
        key_type="RSA-HSM",
        key_size=3072,
        key_opts=["unwrapKey", "wrapKey"],
        rotation_policy=KeyVaultKeyRotationPolicy(
            expire_after="P2Y",
            notify_before_expiry="P30D",
            automatic=KeyVaultKeyRotationPolicyAutomatic(time_after_creation="P1Y"),
        ),
        tags=dict(tags),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )
    identity = UserAssignedIdentity(
        scope,
        f"{id_}-identity",
        name=names.identity(place, f"key-{purpose}"),
        location=place.region,
        resource_group_name=group,
        tags=dict(tags),
    )
    may_use = grant(
        scope,
        f"{id_}-use",
        role=KEY_USER,
        on=key.resource_versionless_id,
        principal_id=identity.principal_id,
    )
    return Key(
        id=key.versionless_id,
        resource_id=key.resource_versionless_id,
        identity_id=identity.id,
        client_id=identity.client_id,
        grant=may_use,
    )
