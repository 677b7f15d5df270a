"""What lets somebody in, and what data is kept under."""

from policies.breaches_azure.cell import STRANGER
from policies.breaches_azure.edits import (
    FOREIGN_IDENTITY,
    FOREIGN_KEY,
    FOREIGN_NETWORK,
    THEIRS,
    Edit,
    add,
    at,
    drop,
    read,
    refer,
)

_NEW = {"name": "x", "location": "uksouth", "resource_group_name": "g"}
_CORS = [
    {
        "allowed_origins": ["*"],
        "allowed_methods": ["GET"],
        "allowed_headers": ["*"],
        "exposed_headers": ["*"],
        "max_age_in_seconds": 60,
    }
]

EXPOSURE: dict[str, Edit] = {
    "account on the internet": at("account", "public_network_access_enabled", True),
    "account on the internet in words": at("account", "public_network_access_enabled", "true"),
    "account on the internet, with nothing said": at(
        "account", "public_network_access_enabled", None
    ),
    "account with public blobs": at("account", "allow_nested_items_to_be_public", True),
    "account with public blobs, with nothing said": at(
        "account", "allow_nested_items_to_be_public", None
    ),
    "account by shared key": at("account", "shared_access_key_enabled", True),
    "account by shared key, with nothing said": at("account", "shared_access_key_enabled", None),
    "account with its own users": at("account", "local_user_enabled", True),
    "account with its own users, with nothing said": at("account", "local_user_enabled", None),
    "account over SFTP": lambda cell: cell.set(
        cell.part("account"), is_hns_enabled=True, sftp_enabled=True
    ),
    "account over NFS": at("account", "nfsv3_enabled", True),
    "account in clear text": at("account", "https_traffic_only_enabled", False),
    "account with old TLS": at("account", "min_tls_version", "TLS1_0"),
    "account that asks for keys first": at("account", "default_to_oauth_authentication", False),
    "account that anyone may ask": at("account", "network_rules", None),
    "account that lets in by default": at("account", "network_rules.default_action", "Allow"),
    "account that lets in by default in small letters": at(
        "account", "network_rules.default_action", "allow"
    ),
    "account that lets an address in": at("account", "network_rules.ip_rules", ["203.0.113.5"]),
    "account that lets a network in": at(
        "account", "network_rules.virtual_network_subnet_ids", [f"{FOREIGN_NETWORK}/subnets/s"]
    ),
    "account that lets services in": at("account", "network_rules.bypass", ["AzureServices"]),
    "account that lets loggers in": at("account", "network_rules.bypass", ["Logging", "Metrics"]),
    "account that lets resources of others in": at(
        "account",
        "network_rules.private_link_access",
        [
            {
                "endpoint_resource_id": f"{THEIRS}/Microsoft.Synapse/workspaces/w",
                "endpoint_tenant_id": STRANGER,
            }
        ],
    ),
    "archive on the internet": at("archive", "public_network_access_enabled", True),
    "mailbox by shared key": at("mailbox", "shared_access_key_enabled", True),
    "access logs with public blobs": at("access logs", "allow_nested_items_to_be_public", True),
    "account with a domain": at("account", "custom_domain", {"name": "data.evil.example"}),
    "account with a website": at("account", "static_website", {"index_document": "index.html"}),
    "account that any page may read": at("account", "blob_properties.cors_rule", _CORS),
    "queues that any page may read": at("account", "queue_properties", {"cors_rule": _CORS}),
    "files that any page may read": at("account", "share_properties", {"cors_rule": _CORS}),
    "account with a directory of others": at(
        "account",
        "azure_files_authentication",
        {
            "directory_type": "AD",
            "default_share_level_permission": "StorageFileDataSmbShareElevatedContributor",
            "active_directory": {"domain_guid": STRANGER, "domain_name": "evil.example"},
        },
    ),
    "account that publishes its internet addresses": at(
        "account", "routing", {"choice": "InternetRouting", "publish_internet_endpoints": True}
    ),
    "rules of the account beside it": lambda cell: cell.add(
        "azurerm_storage_account_network_rules",
        "added",
        storage_account_id=cell.ref("account", "id"),
        default_action="Allow",
    ),
    "user of the account": lambda cell: cell.add(
        "azurerm_storage_account_local_user",
        "added",
        name="u",
        storage_account_id=cell.ref("account", "id"),
        ssh_password_enabled=True,
        home_directory="data",
    ),
    "website of the account": lambda cell: cell.add(
        "azurerm_storage_account_static_website",
        "added",
        storage_account_id=cell.ref("account", "id"),
        index_document="index.html",
    ),
    "signature for the account": lambda cell: cell.data(
        "azurerm_storage_account_sas",
        connection_string=cell.ref("account", "primary_connection_string"),
        start="2026-01-01",
        expiry="2036-01-01",
    ),
    "signature for the container": lambda cell: cell.data(
        "azurerm_storage_account_blob_container_sas",
        connection_string=cell.ref("account", "primary_connection_string"),
        container_name="data",
        start="2026-01-01",
        expiry="2036-01-01",
    ),
    "keys of an account": read(
        "azurerm_storage_account", name="acmestoreint", resource_group_name="g"
    ),
    "container whose blobs anyone reads": at("container", "container_access_type", "blob"),
    "container that anyone lists": at("container", "container_access_type", "container"),
    "container that anyone lists in capitals": at(
        "container", "container_access_type", "Container"
    ),
    "inbox whose blobs anyone reads": at("inbox", "container_access_type", "blob"),
    "one more container, open": lambda cell: cell.add(
        "azurerm_storage_container",
        "added",
        name="open",
        storage_account_id=cell.ref("account", "id"),
        container_access_type="container",
        lifecycle={"prevent_destroy": True},
    ),
    "share of files": lambda cell: cell.add(
        "azurerm_storage_share",
        "added",
        name="s",
        storage_account_id=cell.ref("account", "id"),
        quota=1,
        acl=[{"id": "x", "access_policy": [{"permissions": "rwdl"}]}],
    ),
    "table of the account": lambda cell: cell.add(
        "azurerm_storage_table",
        "added",
        name="t",
        storage_account_name=cell.ref("account", "name"),
        acl=[{"id": "x", "access_policy": [{"permissions": "raud"}]}],
    ),
    "vault on the internet": at("vault", "public_network_access_enabled", True),
    "vault on the internet, with nothing said": at("vault", "public_network_access_enabled", None),
    "vault that anyone may ask": at("vault", "network_acls", None),
    "vault that lets in by default": at("vault", "network_acls.default_action", "Allow"),
    "vault that lets an address in": at("vault", "network_acls.ip_rules", ["203.0.113.5"]),
    "vault on the internet for an address that nobody named": lambda cell: (
        cell.set(cell.part("vault"), public_network_access_enabled=True),
        cell.at("vault", "network_acls.ip_rules", ["20.0.0.0/28"]),
    ),
    "vault that lets a network in": at(
        "vault", "network_acls.virtual_network_subnet_ids", [f"{FOREIGN_NETWORK}/subnets/s"]
    ),
    "registry on the internet": at("registry", "public_network_access_enabled", True),
    "registry on the internet, with nothing said": at(
        "registry", "public_network_access_enabled", None
    ),
    "registry with a password": at("registry", "admin_enabled", True),
    "registry that anyone pulls from": at("registry", "anonymous_pull_enabled", True),
    "registry that images leave": at("registry", "export_policy_enabled", True),
    "registry that images leave, with nothing said": at("registry", "export_policy_enabled", None),
    "registry that lets services in": at("registry", "network_rule_bypass_option", "AzureServices"),
    "registry that lets services in, with nothing said": at(
        "registry", "network_rule_bypass_option", None
    ),
    "registry that lets in by default": at(
        "registry", "network_rule_set", [{"default_action": "Allow"}]
    ),
    "registry that lets an address in": at(
        "registry",
        "network_rule_set",
        [{"default_action": "Deny", "ip_rule": [{"action": "Allow", "ip_range": "0.0.0.0/0"}]}],
    ),
    "registry of a small kind": at("registry", "sku", "Basic"),
    "token of the registry": lambda cell: cell.add(
        "azurerm_container_registry_token",
        "added",
        name="t",
        container_registry_name=cell.ref("registry", "name"),
        resource_group_name=cell.ref("group", "name"),
        scope_map_id="_repositories_admin",
    ),
    "webhook of the registry": lambda cell: cell.add(
        "azurerm_container_registry_webhook",
        "added",
        **_NEW,
        registry_name=cell.ref("registry", "name"),
        service_uri="https://evil.example",
        actions=["push"],
    ),
    "task of the registry": lambda cell: cell.add(
        "azurerm_container_registry_task",
        "added",
        name="t",
        container_registry_id=cell.ref("registry", "id"),
        docker_step=[
            {"context_path": "https://evil.example/x.git", "dockerfile_path": "Dockerfile"}
        ],
    ),
    "images cached from the web": lambda cell: cell.add(
        "azurerm_container_registry_cache_rule",
        "added",
        name="c",
        container_registry_id=cell.ref("registry", "id"),
        source_repo="docker.io/library/*",
        target_repo="library/*",
    ),
    "bus on the internet": at("bus", "public_network_access_enabled", True),
    "bus on the internet, with nothing said": at("bus", "public_network_access_enabled", None),
    "bus by shared key": at("bus", "local_auth_enabled", True),
    "bus by shared key, with nothing said": at("bus", "local_auth_enabled", None),
    "bus that lets in by default": at(
        "bus",
        "network_rule_set",
        {"default_action": "Allow", "public_network_access_enabled": True},
    ),
    "bus that lets services in": at(
        "bus", "network_rule_set", {"default_action": "Deny", "trusted_services_allowed": True}
    ),
    "bus that lets an address in": at(
        "bus",
        "network_rule_set",
        {
            "default_action": "Deny",
            "public_network_access_enabled": True,
            "ip_rules": ["203.0.113.5"],
        },
    ),
    "key of the bus": lambda cell: cell.add(
        "azurerm_servicebus_namespace_authorization_rule",
        "added",
        name="r",
        namespace_id=cell.ref("bus", "id"),
        manage=True,
        listen=True,
        send=True,
    ),
    "key of the queue": lambda cell: cell.add(
        "azurerm_servicebus_queue_authorization_rule",
        "added",
        name="r",
        queue_id=cell.ref("queue", "id"),
        listen=True,
    ),
    "app on the internet": at(
        "app",
        "ingress",
        {
            "external_enabled": True,
            "target_port": 8080,
            "traffic_weight": [{"latest_revision": True, "percentage": 100}],
        },
    ),
    "app that other apps call in clear text": at(
        "app",
        "ingress",
        {
            "external_enabled": False,
            "allow_insecure_connections": True,
            "target_port": 8080,
            "traffic_weight": [{"latest_revision": True, "percentage": 100}],
        },
    ),
    "app with a port of its own": at(
        "app",
        "ingress",
        {
            "external_enabled": True,
            "target_port": 22,
            "exposed_port": 22,
            "transport": "tcp",
            "traffic_weight": [{"latest_revision": True, "percentage": 100}],
        },
    ),
    "app under a domain": lambda cell: cell.add(
        "azurerm_container_app_custom_domain",
        "added",
        name="agent.evil.example",
        container_app_id=cell.ref("app", "id"),
    ),
    "environment with a public balancer": at(
        "environment", "internal_load_balancer_enabled", False
    ),
    "environment with a public balancer, with nothing said": at(
        "environment", "internal_load_balancer_enabled", None
    ),
    "environment on the internet": at("environment", "public_network_access", "Enabled"),
    "environment on the internet, with nothing said": at(
        "environment", "public_network_access", None
    ),
    "environment with clear text inside": at("environment", "mutual_tls_enabled", False),
    "logs taken from the internet": at("workspace", "internet_ingestion_enabled", True),
    "logs taken from the internet, with nothing said": at(
        "workspace", "internet_ingestion_enabled", None
    ),
    "logs by shared key": at("workspace", "local_authentication_enabled", True),
    "logs by shared key, with nothing said": at("workspace", "local_authentication_enabled", None),
    "logs by shared key, in the old words": at("workspace", "local_authentication_disabled", False),
    "one more address": add(
        "azurerm_public_ip", **_NEW, allocation_method="Static", sku="Standard"
    ),
    "balancer": add(
        "azurerm_lb",
        **_NEW,
        frontend_ip_configuration=[{"name": "f", "public_ip_address_id": "p"}],
    ),
    "gateway of applications": add("azurerm_application_gateway", **_NEW, sku=[{"name": "WAF_v2"}]),
    "front door": add("azurerm_cdn_frontdoor_profile", name="x", sku_name="Premium_AzureFrontDoor"),
    "profile of traffic": add("azurerm_traffic_manager_profile", name="x"),
    "API for others": add("azurerm_api_management", **_NEW, publisher_email="a@evil.example"),
    "bastion": add("azurerm_bastion_host", **_NEW, shareable_link_enabled=True),
}

UNKNOWN: dict[str, Edit] = {
    type_: add(type_, **_NEW)
    for type_ in (
        "azurerm_application_insights",
        "azurerm_automation_account",
        "azurerm_batch_account",
        "azurerm_container_group",
        "azurerm_data_protection_backup_vault",
        "azurerm_databricks_workspace",
        "azurerm_eventhub_namespace",
        "azurerm_function_app",
        "azurerm_kubernetes_cluster",
        "azurerm_linux_function_app",
        "azurerm_linux_virtual_machine",
        "azurerm_linux_web_app",
        "azurerm_logic_app_workflow",
        "azurerm_machine_learning_workspace",
        "azurerm_mssql_server",
        "azurerm_postgresql_flexible_server",
        "azurerm_relay_namespace",
        "azurerm_resource_deployment_script_azure_cli",
        "azurerm_resource_group_template_deployment",
        "azurerm_search_service",
        "azurerm_signalr_service",
        "azurerm_static_web_app",
        "azurerm_subscription_template_deployment",
        "azurerm_virtual_desktop_host_pool",
        "azurerm_virtual_machine",
        "azurerm_virtual_machine_extension",
    )
}
"""Types that nobody has reviewed."""

ENCRYPTION: dict[str, Edit] = {
    "account without its key": at("account", "customer_managed_key", None),
    "account under a foreign key": at(
        "account", "customer_managed_key.key_vault_key_id", FOREIGN_KEY
    ),
    "account under a key of a longer name": refer(
        "account", "customer_managed_key.key_vault_key_id", "key", "versionless_id", "x"
    ),
    "account under a key that nobody judged": at(
        "account",
        "customer_managed_key.key_vault_key_id",
        "https://acme-keys-0-000000000000.vault.azure.net/keys/k",
    ),
    "account under a module's key": at(
        "account",
        "customer_managed_key.managed_hsm_key_id",
        "https://theirs.managedhsm.azure.net/keys/k/1",
    ),
    "account under a foreign identity's key": at(
        "account", "customer_managed_key.user_assigned_identity_id", FOREIGN_IDENTITY
    ),
    "account whose key is beside it": lambda cell: (
        cell.at("account", "customer_managed_key", None),
        cell.add(
            "azurerm_storage_account_customer_managed_key",
            "added",
            storage_account_id=cell.ref("account", "id"),
            key_vault_uri="https://theirs.vault.azure.net/",
            key_name="k",
        ),
    ),
    "account encrypted once": at("account", "infrastructure_encryption_enabled", False),
    "account encrypted once, with nothing said": at(
        "account", "infrastructure_encryption_enabled", None
    ),
    "queues without the key": at("account", "queue_encryption_key_type", "Service"),
    "tables without the key": at("account", "table_encryption_key_type", None),
    "archive without its key": at("archive", "customer_managed_key", None),
    "mailbox under a foreign key": at(
        "mailbox", "customer_managed_key.key_vault_key_id", FOREIGN_KEY
    ),
    "container under a scope": at("container", "default_encryption_scope", "microsoft"),
    "scope of Microsoft's keys": lambda cell: cell.add(
        "azurerm_storage_encryption_scope",
        "added",
        name="microsoft",
        storage_account_id=cell.ref("account", "id"),
        source="Microsoft.Storage",
    ),
    "registry without its key": at("registry", "encryption", None),
    "registry under a foreign key": at("registry", "encryption.key_vault_key_id", FOREIGN_KEY),
    "registry under a foreign identity's key": at(
        "registry", "encryption.identity_client_id", STRANGER
    ),
    "bus without its key": at("bus", "customer_managed_key", None),
    "bus under a foreign key": at("bus", "customer_managed_key.key_vault_key_id", FOREIGN_KEY),
    "bus encrypted once": at(
        "bus", "customer_managed_key.infrastructure_encryption_enabled", False
    ),
    "bus with old TLS": at("bus", "minimum_tls_version", "1.0"),
    "bus of a small kind": at("bus", "sku", "Standard"),
    "logs without their key": drop("cluster key"),
    "logs under a foreign key": at("cluster key", "key_vault_key_id", FOREIGN_KEY),
    "logs of no cluster": drop("workspace link"),
    "key of another cluster": at(
        "cluster key",
        "log_analytics_cluster_id",
        f"{THEIRS}/Microsoft.OperationalInsights/clusters/c",
    ),
    "key in software": at("key", "key_type", "RSA"),
    "key of a curve": at("key", "key_type", "EC"),
    "short key": at("key", "key_size", 1024),
    "key of a foreign vault": at(
        "key", "key_vault_id", f"{THEIRS}/Microsoft.KeyVault/vaults/theirs"
    ),
    "key that is not rotated": at("key", "rotation_policy", None),
    "key that is rotated by hand": at("key", "rotation_policy.automatic", None),
    "key that is rotated late": at("key", "rotation_policy.automatic.time_after_creation", "P20Y"),
    "vault that forgets at once": at("vault", "purge_protection_enabled", False),
    "vault that forgets at once, with nothing said": at("vault", "purge_protection_enabled", None),
    "vault that forgets in a week": at("vault", "soft_delete_retention_days", 7),
    "vault without modules": at("vault", "sku_name", "standard"),
    "vault without roles": at("vault", "rbac_authorization_enabled", False),
    "vault without roles, with nothing said": at("vault", "rbac_authorization_enabled", None),
    "vault without roles, in the old words": at("vault", "enable_rbac_authorization", False),
    "vault with a policy": at(
        "vault",
        "access_policy",
        [
            {
                "tenant_id": STRANGER,
                "object_id": STRANGER,
                "key_permissions": ["Get", "Decrypt", "Purge"],
                "secret_permissions": [],
                "certificate_permissions": [],
                "storage_permissions": [],
                "application_id": None,
            }
        ],
    ),
    "policy of the vault": lambda cell: cell.add(
        "azurerm_key_vault_access_policy",
        "added",
        key_vault_id=cell.ref("vault", "id"),
        tenant_id=STRANGER,
        object_id=STRANGER,
        key_permissions=["Get", "UnwrapKey"],
    ),
    "vault for machines": at("vault", "enabled_for_deployment", True),
    "vault for templates": at("vault", "enabled_for_template_deployment", True),
    "vault for disks": at("vault", "enabled_for_disk_encryption", True),
    "vault of another tenant": at("vault", "tenant_id", STRANGER),
    "secret of the vault": lambda cell: cell.add(
        "azurerm_key_vault_secret",
        "added",
        name="s",
        value="hunter2",
        key_vault_id=cell.ref("vault", "id"),
    ),
    "certificate of the vault": lambda cell: cell.add(
        "azurerm_key_vault_certificate", "added", name="c", key_vault_id=cell.ref("vault", "id")
    ),
    "module of others": add("azurerm_key_vault_managed_hardware_security_module", **_NEW),
}
