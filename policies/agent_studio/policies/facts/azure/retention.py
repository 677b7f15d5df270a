"""How long what is deleted or replaced can be had back, and what nobody can delete at all."""

from collections.abc import Iterator

from agent_studio.estate.names import azure as names
from agent_studio.policies.facts.azure.core import AUDIT, LAYER, audit_account
from agent_studio.policies.facts.azure.expected import (
    data_classes,
    mailbox_account,
    store_account,
)
from agent_studio.policies.facts.azure.owned import owned
from agent_studio.policies.facts.builders import undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import on

_ACCOUNT = "azurerm_storage_account.id"
_CONTAINER = ("azurerm_storage_container.id", "azurerm_storage_container.resource_manager_id")
_LONGEST = 365
"""Blob Storage, "Soft delete for blobs": 1 to 365 days."""

_SHORTEST = 30
_ACTIVITY = "insights-activity-logs"
"""The container of the activity log (Azure Monitor, "Activity log in Azure Monitor")."""


def retention(resources: Resources, place: Place) -> Iterator[Fact]:
    """What blobs are kept for too short a time, and what is written where it can be deleted."""
    wanted = _wanted(place)
    for account in resources.of_type("azurerm_storage_account"):
        containers = _containers(resources, account)
        locked = {one.address for one in containers if locks(resources, one)}
        if not on(account.get("blob_properties", "versioning_enabled")) and (
            not containers or len(locked) < len(containers)
        ):
            yield undecided(account.address, "what brings back a blob that is replaced")
        days = wanted.get(str(account.values.get("name")), _SHORTEST)
        for kind in ("delete_retention_policy", "container_delete_retention_policy"):
            kept = account.get("blob_properties", kind, "days")
            if not str(kept).isdigit() or int(str(kept)) < days:
                what = f"what brings back what was deleted {days} days ago ({kind})"
                yield undecided(account.address, what)
        for name in sorted(_written(resources, place, account)):
            found = [one for one in containers if one.values.get("name") == name]
            if not found or any(one.address not in locked for one in found):
                yield undecided(account.address, f"what keeps {name} from being deleted")


def locks(resources: Resources, container: Resource) -> list[Resource]:
    """The locked policies of a container."""
    return [
        one
        for one in resources.of_type("azurerm_storage_container_immutability_policy")
        if on(one.values.get("locked"))
        and owned(resources, one.values.get("storage_container_resource_manager_id"), *_CONTAINER)
        is container
    ]


def _wanted(place: Place) -> dict[str, int]:
    """Storage account -> days for which deleted blobs are kept in it, at the least."""
    classes = data_classes(place)
    stores = {store_account(place, name): min(days, _LONGEST) for name, days in classes.items()}
    archives = (names.storage_account(place.scope, each) for each in ("log-archive", "trail"))
    longest = (mailbox_account(place), audit_account(place), *archives)
    return {**stores, **dict.fromkeys(longest, _LONGEST)}


def _containers(resources: Resources, account: Resource) -> list[Resource]:
    return [
        one
        for one in resources.of_type("azurerm_storage_container")
        if owned(resources, one.values.get("storage_account_id"), _ACCOUNT) is account
    ]


def _written(resources: Resources, place: Place, account: Resource) -> set[str]:
    """The containers of an account that nobody may delete from: Azure Monitor's, and the core's.

    Azure Monitor, "Log Analytics workspace data export": a container for each table.
    """
    tables = {
        f"am-{str(table).lower()}"
        for one in resources.of_type("azurerm_log_analytics_data_export_rule")
        if owned(resources, one.values.get("destination_resource_id"), _ACCOUNT) is account
        for table in one.values.get("table_names") or ()
    }
    activity = {
        _ACTIVITY
        for one in resources.of_type("azurerm_monitor_diagnostic_setting")
        if owned(resources, one.values.get("storage_account_id"), _ACCOUNT) is account
        and one.values.get("target_resource_id") == f"/subscriptions/{place.account}"
    }
    core = place.layer == LAYER and account.values.get("name") == audit_account(place)
    return tables | activity | ({AUDIT} if core else set())
