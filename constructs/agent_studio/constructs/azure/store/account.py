"""A storage account as every store of a cell has it."""

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
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.zones import replication
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

LONGEST_SOFT_DELETE_DAYS = 365
"""Blob Storage, "Soft delete for blobs": 1 to 365 days."""


def add_account(
    scope: Construct,
    *,
    cell: Cell,
    keys: CellKeys | None,
    purpose: str,
    key: str,
    days: int,
    data_class: str | None = None,
    takes_logs: bool = False,
) -> StorageAccount:
    """Add an account that no public network, shared key or other tenant reaches.

    Args:
        scope: the store.
        cell: the cell.
        keys: the cell's keys; None takes the platform's.
        purpose: what its name is made of.
        key: the purpose of the key that encrypts it.
        days: how long deleted blobs are kept; Azure keeps them a year at the longest.
        data_class: the class of data that it holds.
        takes_logs: whether Azure Monitor, a trusted service, may write past its network rules.
    """
    kept = min(days, LONGEST_SOFT_DELETE_DAYS)
    return StorageAccount(
        scope,
        "account",
        name=names.storage_account(cell.scope, purpose),
        location=cell.region.name,
        resource_group_name=CellGroup.of(scope, cell=cell).name,
        account_kind="StorageV2",
        account_tier="Standard",
        # Never GRS: its second region is Azure's choice, and may lie in another jurisdiction.
        account_replication_type=replication(cell.region),
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
            versioning_enabled=True,
            delete_retention_policy=StorageAccountBlobPropertiesDeleteRetentionPolicy(days=kept),
            container_delete_retention_policy=(
                StorageAccountBlobPropertiesContainerDeleteRetentionPolicy(days=kept)
            ),
        ),
        identity=None
        if keys is None
        else StorageAccountIdentity(type="UserAssigned", identity_ids=[keys.identity_id(key)]),
        customer_managed_key=None
        if keys is None
        else StorageAccountCustomerManagedKey(
            key_vault_key_id=keys.key_id(key), user_assigned_identity_id=keys.identity_id(key)
        ),
        tags=tags(cell, purpose, data_class),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        depends_on=None if keys is None else [keys.grant(key)],
    )
