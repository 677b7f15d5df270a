"""A storage account as every store of a cell has it."""

from collections.abc import Mapping

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.storage_account import (
    StorageAccount,
    StorageAccountBlobProperties,
    StorageAccountBlobPropertiesContainerDeleteRetentionPolicy,
    StorageAccountBlobPropertiesDeleteRetentionPolicy,
    StorageAccountCustomerManagedKey,
    StorageAccountIdentity,
    StorageAccountNetworkRules,
)
from cdktf_cdktf_provider_azurerm.storage_container import StorageContainer
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import CellKeys, Key
from agent_studio.constructs.azure.tags import tags as cell_tags
from agent_studio.constructs.azure.zones import replication
from agent_studio.estate import Cell, Scope
from agent_studio.estate.names import azure as names

LONGEST_SOFT_DELETE_DAYS = 365
"""Blob Storage, "Soft delete for blobs": 1 to 365 days."""


def add_account(
    scope: Construct,
    *,
    place: Scope,
    group: str,
    key: Key,
    purpose: str,
    days: int,
    tags: Mapping[str, str],
    takes_logs: bool = False,
    versioned: bool = True,
) -> StorageAccount:
    """Add an account that no public network, shared key or other tenant reaches.

    Args:
        scope: the store.
        place: the stack's place.
        group: name of the stack's resource group.
        key: the key that encrypts it.
        purpose: what its name is made of.
        days: how long deleted blobs are kept; Azure keeps them a year at the longest.
        tags: its tags.
        takes_logs: whether Azure Monitor, a trusted service, may write past its network rules.
        versioned: whether replaced blobs are kept; not where none can be replaced.
    """
    kept = min(days, LONGEST_SOFT_DELETE_DAYS)
    return StorageAccount(
        scope,
        "account",
        name=names.storage_account(place, purpose),
        location=place.region,
        resource_group_name=group,
        account_kind="StorageV2",
        account_tier="Standard",
        # Never GRS: its second region is Azure's choice, and may lie in another jurisdiction.
        account_replication_type=replication(place.region),
        min_tls_version="TLS1_2",
        https_traffic_only_enabled=True,
        public_network_access_enabled=False,
        allow_nested_items_to_be_public=False,
        shared_access_key_enabled=False,
        default_to_oauth_authentication=True,
        local_user_enabled=False,
        cross_tenant_replication_enabled=False,
        allowed_copy_scope="PrivateLink",
        infrastructure_encryption_enabled=True,
        queue_encryption_key_type="Account",
        table_encryption_key_type="Account",
        network_rules=StorageAccountNetworkRules(
            default_action="Deny", bypass=["AzureServices" if takes_logs else "None"]
        ),
        blob_properties=StorageAccountBlobProperties(
            versioning_enabled=versioned,
            delete_retention_policy=StorageAccountBlobPropertiesDeleteRetentionPolicy(days=kept),
            container_delete_retention_policy=(
                StorageAccountBlobPropertiesContainerDeleteRetentionPolicy(days=kept)
            ),
        ),
        identity=StorageAccountIdentity(type="UserAssigned", identity_ids=[key.identity_id]),
        customer_managed_key=StorageAccountCustomerManagedKey(
            key_vault_key_id=key.id, user_assigned_identity_id=key.identity_id
        ),
        tags=dict(tags),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        depends_on=[key.grant],
    )


def add_container(
    scope: Construct, id_: str, *, account: StorageAccount, name: str
) -> StorageContainer:
    """Add a private container, through Azure's own API, which needs no way into the account.

    Args:
        scope: the store.
        id_: the container's id within it.
        account: the storage account.
        name: its name, as it is: some are Azure Monitor's own.
    """
    return StorageContainer(
        scope,
        id_,
        name=name,
        storage_account_id=account.id,
        container_access_type="private",
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )


def add_cell_account(
    scope: Construct,
    *,
    cell: Cell,
    keys: CellKeys,
    key: str,
    purpose: str,
    days: int,
    data_class: str | None = None,
    takes_logs: bool = False,
    versioned: bool = True,
) -> StorageAccount:
    """Add an account of a cell, as `add_account` does.

    Args:
        scope: the store.
        cell: the cell.
        keys: the cell's keys.
        key: the purpose of the key that encrypts it.
        purpose: what its name is made of.
        days: how long deleted blobs are kept.
        data_class: the class of data that it holds.
        takes_logs: whether Azure Monitor may write past its network rules.
        versioned: whether replaced blobs are kept.
    """
    return add_account(
        scope,
        place=cell.scope,
        group=CellGroup.of(scope, cell=cell).name,
        key=keys.key(key),
        purpose=purpose,
        days=days,
        tags=cell_tags(cell, purpose, data_class),
        takes_logs=takes_logs,
        versioned=versioned,
    )
