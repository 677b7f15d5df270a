"""What holds data, under whose key, and what keeps copies."""

from collections.abc import Iterator
from typing import Any

from agent_studio.policies.facts.azure.owned import owned
from agent_studio.policies.facts.builders import replication, store
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources

# Arguments as the azurerm provider's documentation of each resource has them.
_HOLDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "azurerm_cognitive_account": ("prompts", ("customer_managed_key", "key_vault_key_id")),
    "azurerm_container_registry": ("images", ("encryption", "key_vault_key_id")),
    "azurerm_postgresql_flexible_server": ("rows", ("customer_managed_key", "key_vault_key_id")),
    "azurerm_servicebus_namespace": ("messages", ("customer_managed_key", "key_vault_key_id")),
    "azurerm_storage_account": ("blobs", ("customer_managed_key", "key_vault_key_id")),
}
_KEY = "azurerm_key_vault_key.versionless_id"
_CLUSTER = "azurerm_log_analytics_cluster.id"
_WORKSPACE = "azurerm_log_analytics_workspace.id"


def stores(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every store, with where it lies and whose key it is under, and every copy of one."""
    for type_, (what, path) in _HOLDERS.items():
        for resource in resources.of_type(type_):
            yield _store(resources, place, resource, what, _kind(resources, resource.get(*path)))
    clusters = _clusters(resources)
    for workspace in resources.of_type("azurerm_log_analytics_workspace"):
        cluster = _cluster_of(resources, workspace)
        kind = clusters.get(cluster.address, "service") if cluster is not None else "service"
        yield _store(resources, place, workspace, "logs", kind)
    for registry in resources.of_type("azurerm_container_registry"):
        for block in registry.blocks("georeplications"):
            to = str(block.get("location"))
            yield replication(registry, region=to, cloud=place.cloud, declared=False)


def _store(resources: Resources, place: Place, resource: Resource, what: str, key: str) -> Fact:
    return store(
        resource.address,
        what=what,
        region=str(resources.region(resource) or place.region),
        encrypted=True,
        key=key,
    )


def _kind(resources: Resources, key: Any) -> str:
    if not key:
        # Azure encrypts whatever it stores, under keys of its own.
        return "service"
    found = owned(resources, key, _KEY)
    # One of an elliptic curve signs, and encrypts nothing (Key Vault, "About keys").
    wraps = found is not None and not str(found.values.get("key_type")).startswith("EC")
    return "customer" if wraps else "foreign"


def _clusters(resources: Resources) -> dict[str, str]:
    """Address of each cluster -> the kind of its key.

    Azure Monitor, "Azure Monitor customer-managed key": a workspace has one through its cluster.
    """
    found: dict[str, str] = {}
    for one in resources.of_type("azurerm_log_analytics_cluster_customer_managed_key"):
        cluster = owned(resources, one.values.get("log_analytics_cluster_id"), _CLUSTER)
        if cluster is not None:
            found[cluster.address] = _kind(resources, one.values.get("key_vault_key_id"))
    return found


def _cluster_of(resources: Resources, workspace: Resource) -> Resource | None:
    for one in resources.of_type("azurerm_log_analytics_linked_service"):
        if owned(resources, one.values.get("workspace_id"), _WORKSPACE) is workspace:
            return owned(resources, one.values.get("write_access_id"), _CLUSTER)
    return None
