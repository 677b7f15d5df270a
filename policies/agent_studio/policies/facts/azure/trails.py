"""Whether what happens is written down: each resource's own log, the archive, the activity log.

Sources: Azure Monitor, "Supported log categories" and "Azure activity log event schema".
"""

from collections.abc import Iterator, Mapping

from agent_studio.policies.facts.azure.owned import owned, owned_id, owned_workspace
from agent_studio.policies.facts.builders import undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed

_LOGGED = (
    "azurerm_cognitive_account",
    "azurerm_container_app_environment",
    "azurerm_container_registry",
    "azurerm_firewall",
    "azurerm_key_vault",
    "azurerm_postgresql_flexible_server",
    "azurerm_servicebus_namespace",
)
"""What logs into the workspace of its cell, or of the core."""

_ALL = "allLogs"
_BLOBS = "/blobServices/default"
_ACCESSES = frozenset({"StorageDelete", "StorageRead", "StorageWrite"})
_TABLES = frozenset({"ContainerAppConsoleLogs", "ContainerAppSystemLogs"})
_ACTIVITY = frozenset(
    {
        "Administrative",
        "Alert",
        "Autoscale",
        "Policy",
        "Recommendation",
        "ResourceHealth",
        "Security",
        "ServiceHealth",
    }
)
_ACCOUNT = "azurerm_storage_account.id"


def trails(resources: Resources, place: Place) -> Iterator[Fact]:
    """Whatever leaves no trail."""
    settings = list(resources.of_type("azurerm_monitor_diagnostic_setting"))
    if place.layer in ("cell", "core"):
        yield from _logs(resources, settings)
        yield from _accesses(resources, settings)
        yield from _archive(resources)
    elif place.layer == "guardrails":
        whole = f"/subscriptions/{place.account}"
        told = _told([one for one in settings if one.values.get("target_resource_id") == whole])
        if not told >= _ACTIVITY:
            lacking = ", ".join(sorted(_ACTIVITY - told))
            yield undecided("terraform", f"what is done in the subscription ({lacking})")


def _logs(resources: Resources, settings: list[Resource]) -> Iterator[Fact]:
    logged = {
        target.address
        for one in settings
        for target in [owned_id(resources, one.values.get("target_resource_id"))]
        if target is not None
        and owned_workspace(resources, one.values.get("log_analytics_workspace_id")) is not None
        and any(log.get("category_group") == _ALL for log in one.blocks("enabled_log"))
    }
    for resource in resources.of_type(*_LOGGED):
        if resource.address not in logged:
            yield undecided(resource.address, "what it does, since it does not log everything")


def _accesses(resources: Resources, settings: list[Resource]) -> Iterator[Fact]:
    watched: dict[str, set[str]] = {}
    watching: set[str] = set()
    for one in settings:
        target = str(one.values.get("target_resource_id"))
        account = owned(resources, target.removesuffix(_BLOBS), _ACCOUNT)
        log = owned(resources, one.values.get("storage_account_id"), _ACCOUNT)
        if target.endswith(_BLOBS) and account is not None and log is not None:
            watched.setdefault(account.address, set()).update(_told([one]))
            watching.add(log.address)
    for account in resources.of_type("azurerm_storage_account"):
        # Each line of the account that holds these logs would make another.
        if account.address not in watching and not watched.get(account.address, set()) >= _ACCESSES:
            yield undecided(account.address, "who reads, writes and deletes its blobs")


def _archive(resources: Resources) -> Iterator[Fact]:
    exported: dict[str, set[str]] = {}
    for one in resources.of_type("azurerm_log_analytics_data_export_rule"):
        workspace = owned_workspace(resources, one.values.get("workspace_resource_id"))
        if workspace is not None:
            tables = map(str, listed(one.values.get("table_names")))
            exported.setdefault(workspace.address, set()).update(tables)
    for workspace in resources.of_type("azurerm_log_analytics_workspace"):
        if not exported.get(workspace.address, set()) >= _TABLES:
            yield undecided(workspace.address, "where its lines are kept from being deleted")


def _told(settings: list[Resource]) -> set[str]:
    return {
        str(log.get("category"))
        for one in settings
        for log in one.blocks("enabled_log")
        if isinstance(log, Mapping)
    }
