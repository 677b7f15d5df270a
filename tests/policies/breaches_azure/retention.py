"""What keeps data, and what would lose it."""

from policies.breaches_azure.edits import Edit, act, at, drop, meta, none, was

DATA = (
    "account",
    "archive",
    "bus",
    "cluster",
    "container",
    "group",
    "inbox",
    "key",
    "lock",
    "operations key",
    "queue",
    "registry",
    "vault",
    "workspace",
)
"""Parts whose loss is a loss of data."""

PROTECTED = tuple(part for part in DATA if part != "lock")
"""Those that no plan may destroy."""

RETENTION: dict[str, Edit] = {
    **{
        f"{part} no longer protected": meta(part, lifecycle={"prevent_destroy": False})
        for part in PROTECTED
    },
    "account with no lifecycle": lambda cell: cell.body(cell.part("account")).pop("lifecycle"),
    "account whose protection is a word": meta(
        "account", lifecycle={"prevent_destroy": "${var.keep}"}
    ),
    "archive unlocked": at("lock", "locked", False),
    "archive unlocked, with nothing said": at("lock", "locked", None),
    "archive unlocked in words": at("lock", "locked", "false"),
    "archive locked for a day": at("lock", "immutability_period_in_days", 1),
    "archive with no lock": drop("lock"),
    "archive with no instance of the lock": none("lock"),
    "lock of another container": lambda cell: cell.at(
        "lock", "storage_container_resource_manager_id", cell.ref("container", "id")
    ),
    "store without versions": at("account", "blob_properties.versioning_enabled", False),
    "store without versions, with nothing said": at(
        "account", "blob_properties.versioning_enabled", None
    ),
    "store that keeps nothing": at("account", "blob_properties", None),
    "store that keeps deleted blobs for a day": at(
        "account", "blob_properties.delete_retention_policy.days", 1
    ),
    "store that keeps no deleted blobs": at(
        "account", "blob_properties.delete_retention_policy", None
    ),
    "store that keeps deleted containers for a day": at(
        "account", "blob_properties.container_delete_retention_policy.days", 1
    ),
    "store that keeps no deleted containers": at(
        "account", "blob_properties.container_delete_retention_policy", None
    ),
    "store that deletes for good": at(
        "account", "blob_properties.delete_retention_policy.permanent_delete_enabled", True
    ),
    "mailbox without versions": at("mailbox", "blob_properties.versioning_enabled", False),
    "store that is emptied by a policy": lambda cell: cell.add(
        "azurerm_storage_management_policy",
        "added",
        storage_account_id=cell.ref("account", "id"),
        rule=[
            {
                "name": "x",
                "enabled": True,
                "filters": [{"blob_types": ["blockBlob"]}],
                "actions": [
                    {"base_blob": [{"delete_after_days_since_modification_greater_than": 1}]}
                ],
            }
        ],
    ),
    "logs kept for a month": at("workspace", "retention_in_days", 30),
    "logs kept as long as it may be": at("workspace", "retention_in_days", None),
    "logs up to a limit": at("workspace", "daily_quota_gb", 0.1),
    "logs purged at once": at("workspace", "immediate_data_purge_on_30_days_enabled", True),
    "table of logs kept for a week": lambda cell: cell.add(
        "azurerm_log_analytics_workspace_table",
        "added",
        name="ContainerAppConsoleLogs",
        workspace_id=cell.ref("workspace", "id"),
        retention_in_days=7,
    ),
    "archive that is not fed": at("export", "enabled", False),
    "archive that is not fed, with nothing said": at("export", "enabled", None),
    "archive with no feed": drop("export"),
    "archive of half the tables": at("export", "table_names", ["ContainerAppSystemLogs"]),
    "accesses untold": drop("access logging"),
    "accesses told in part": at("access logging", "enabled_log", [{"category": "StorageRead"}]),
    "bus told in part": at("bus logging", "enabled_log", [{"category_group": "audit"}]),
    "vault untold": drop("vault logging"),
    "vault told for nothing": at("vault logging", "enabled_log", None),
    "environment that logs nowhere": at("environment", "logs_destination", None),
    "alarm switched off": at("action group", "enabled", False),
    "alert switched off": at("dead alert", "enabled", False),
    "query alert switched off": at("kills alert", "enabled", False),
    "work that is lost unseen": at("queue", "dead_lettering_on_message_expiration", False),
    "work that is lost with its queue": at("queue", "auto_delete_on_idle", "PT5M"),
    "let go of": lambda cell: cell.stack.update(
        removed=[{"from": f"${{{cell.part('account')}}}", "lifecycle": {"destroy": False}}]
    ),
}

PLANNED: dict[str, Edit] = {
    **{f"{part} destroyed": act(part, "delete") for part in DATA},
    **{
        f"{part} replaced": act(part, "delete", "create")
        for part in ("account", "container", "key", "vault", "workspace", "group", "lock")
    },
    "account replaced the other way round": act("account", "create", "delete"),
    "archive forgotten": act("archive", "forget"),
    "vault forgotten": act("vault", "forget"),
    "lock shortened": was("lock", "immutability_period_in_days", 364, 365),
    "lock opened": was("lock", "locked", False, True),
    "blobs kept for less": was("account", "blob_properties.delete_retention_policy.days", 364, 365),
    "versions switched off": was("account", "blob_properties.versioning_enabled", False, True),
    "logs kept for less": was("workspace", "retention_in_days", 364, 365),
    "images kept for less": was("registry", "retention_policy_in_days", 1, 14),
    "vault that forgets sooner": was("vault", "soft_delete_retention_days", 89, 90),
    "vault that forgets at once": was("vault", "purge_protection_enabled", False, True),
}
"""What only a plan tells."""
