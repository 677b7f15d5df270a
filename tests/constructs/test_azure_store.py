"""What an Azure cell's storage accounts hold to, read off the synthesized stack."""

from dataclasses import replace
from typing import Any

import pytest
from support.aws_cells import PERSONAL
from support.azure_cells import (
    cell,
    expression,
    grants,
    runtime,
    stack,
    synthesize,
    synthesized,
)

from agent_studio.estate import DataClass, Residency
from agent_studio.estate.catalogue.lookup import find_region
from agent_studio.estate.errors import ExitCode, StudioError

RESTRICTED = DataClass(
    name="restricted", residency=Residency.REGION, crossing=None, retention_days=30
)
ARCHIVE = "logs/archive/account"
ACCESS_LOGS = "access-logs/account"


def account(name: str) -> dict[str, Any]:
    """The storage account of one data class."""
    return stack().at("azurerm_storage_account", f"store-{name}/account")


def test_every_account_of_a_cell_is_closed_encrypted_and_kept() -> None:
    """Each account lies in the region, closed, under a cell's key, and outlives a plan."""
    accounts = stack().of("azurerm_storage_account")
    assert set(accounts) == {
        ACCESS_LOGS,
        ARCHIVE,
        "mailbox/account",
        "store-internal/account",
        "store-personal/account",
        "store-public/account",
    }
    for path, each in accounts.items():
        assert each["location"] == "eastus2", path
        assert each["public_network_access_enabled"] is False, path
        assert each["network_rules"]["default_action"] == "Deny", path
        assert each["allow_nested_items_to_be_public"] is False, path
        assert each["shared_access_key_enabled"] is False, path
        assert each["local_user_enabled"] is False, path
        assert each["default_to_oauth_authentication"] is True, path
        assert each["min_tls_version"] == "TLS1_2", path
        assert each["https_traffic_only_enabled"] is True, path
        assert each["cross_tenant_replication_enabled"] is False, path
        assert each["allowed_copy_scope"] == "PrivateLink", path
        assert each["infrastructure_encryption_enabled"] is True, path
        assert each["queue_encryption_key_type"] == "Account", path
        assert each["table_encryption_key_type"] == "Account", path
        assert each["lifecycle"] == {"prevent_destroy": True}, path


def test_azure_monitor_alone_passes_the_rules_of_what_it_writes() -> None:
    """Only the archive and the access logs let Azure's trusted services past their rules."""
    passes = {
        path: each["network_rules"]["bypass"]
        for path, each in stack().of("azurerm_storage_account").items()
    }
    assert {path for path, bypass in passes.items() if bypass == ["AzureServices"]} == {
        ACCESS_LOGS,
        ARCHIVE,
    }
    assert {tuple(bypass) for bypass in passes.values()} == {("AzureServices",), ("None",)}


@pytest.mark.parametrize(("region", "replication"), [("eastus2", "ZRS"), ("westus", "LRS")])
def test_no_copy_leaves_the_region(region: str, replication: str) -> None:
    """Storage is copied over the region's zones, or within its one place; never to another."""
    found = synthesized(runtime(), region=region)
    for path, each in found.of("azurerm_storage_account").items():
        assert each["account_replication_type"] == replication, path


@pytest.mark.parametrize("name", ["internal", "personal", "public"])
def test_a_store_has_its_own_key_and_label(name: str) -> None:
    """A data class's account is encrypted with that class's key and says what it holds."""
    key = expression(stack(), "azurerm_key_vault_key", f"keys/class-{name}", "versionless_id")
    assert account(name)["customer_managed_key"]["key_vault_key_id"] == key
    assert account(name)["tags"]["studio-data-class"] == name


@pytest.mark.parametrize("path", [ACCESS_LOGS, ARCHIVE, "mailbox/account"])
def test_what_holds_no_class_is_under_the_operations_key(path: str) -> None:
    """Mailbox, archive and access logs share the cell's own key."""
    found = stack().at("azurerm_storage_account", path)
    assert found["customer_managed_key"]["key_vault_key_id"] == expression(
        stack(), "azurerm_key_vault_key", "keys/operations", "versionless_id"
    )
    assert "studio-data-class" not in found["tags"]


def test_a_store_admits_the_runtimes_that_declare_its_class_alone() -> None:
    """Nobody but those identities has a role on a store's container, or on the account."""

    def admitted(name: str) -> set[str]:
        container = expression(stack(), "azurerm_storage_container", f"store-{name}/container")
        home = f"store-{name}_account_"
        found = {path: each for path, each in grants(stack()).items() if home in each.on}
        assert found == {}
        inside = [each for each in grants(stack()).values() if each.on == container]
        assert {each.role for each in inside} == {"Storage Blob Data Contributor"}
        return {each.who.partition("identity-")[2].partition("_")[0] for each in inside}

    assert admitted("public") == {"collector"}
    assert admitted("internal") == {"analyst", "collector", "talker"}
    assert admitted("personal") == {"analyst", "talker"}


def test_containers_are_private_and_outlive_a_plan() -> None:
    """No container lets anybody read it; none is made through the account's own API."""
    for path, each in stack().of("azurerm_storage_container").items():
        assert each["container_access_type"] == "private", path
        assert "storage_account_name" not in each, path
        assert each["lifecycle"] == {"prevent_destroy": True}, path
    (provider,) = stack().document["provider"]["azurerm"]
    assert provider["features"][0]["storage"] == [{"data_plane_available": False}]


def test_blobs_lie_in_the_container_that_runtimes_are_told_of() -> None:
    """The names of containers are as they are written: `data` and `inbox`."""
    assert {
        path: each["name"] for path, each in stack().of("azurerm_storage_container").items()
    } == {
        "logs/archive/am-containerappconsolelogs": "am-containerappconsolelogs",
        "logs/archive/am-containerappsystemlogs": "am-containerappsystemlogs",
        "mailbox/inbox": "inbox",
        "store-internal/container": "data",
        "store-personal/container": "data",
        "store-public/container": "data",
    }


@pytest.mark.parametrize(("days", "kept"), [(30, 30), (1000, 365)])
def test_deleted_blobs_are_kept_for_the_retention_of_their_class(days: int, kept: int) -> None:
    """A class of thirty days keeps what was deleted thirty days; Azure keeps it a year at most."""
    short = synthesized(runtime(data_classes=(replace(RESTRICTED, retention_days=days),)))
    found = short.at("azurerm_storage_account", "store-restricted/account")["blob_properties"]
    assert found == {
        "versioning_enabled": True,
        "delete_retention_policy": {"days": kept},
        "container_delete_retention_policy": {"days": kept},
    }


def test_access_to_every_other_account_is_logged() -> None:
    """Each account but that of the access logs themselves logs who reads, writes and deletes."""
    watched = {}
    for path, each in stack().of("azurerm_monitor_diagnostic_setting").items():
        if path.endswith("/access-logging"):
            watched[each["target_resource_id"]] = each
    accounts = {
        path: expression(stack(), "azurerm_storage_account", path)
        for path in stack().of("azurerm_storage_account")
    }
    logs = accounts.pop(ACCESS_LOGS)
    assert set(watched) == {f"{each}/blobServices/default" for each in accounts.values()}
    for each in watched.values():
        assert each["storage_account_id"] == logs
        assert {log["category"] for log in each["enabled_log"]} == {
            "StorageDelete",
            "StorageRead",
            "StorageWrite",
        }


@pytest.mark.parametrize(("days", "locked"), [(30, 365), (1000, 1000)])
def test_the_archive_is_locked_for_good(days: int, locked: int) -> None:
    """Lines can be added to a blob and nothing else, for the longest retention, a year at least."""
    found = synthesized(runtime(data_classes=(replace(RESTRICTED, retention_days=days),)))
    locks = found.of("azurerm_storage_container_immutability_policy")
    assert len(locks) == 2
    for path, each in locks.items():
        container = expression(found, "azurerm_storage_container", path.removesuffix("-lock"))
        assert each["storage_container_resource_manager_id"] == container
        assert each["immutability_period_in_days"] == locked
        assert each["protected_append_writes_enabled"] is True
        assert each["locked"] is True
    archive = found.at("azurerm_storage_account", ARCHIVE)
    assert archive["blob_properties"]["versioning_enabled"] is False


def test_a_copy_in_another_region_is_refused() -> None:
    """A cell that asks for a copy is not synthesized, rather than left without one."""
    target = find_region("azure/centralus")
    assert target is not None
    with pytest.raises(StudioError) as raised:
        synthesize(replace(cell(runtime()), replicate={PERSONAL.name: target}))
    assert str(raised.value) == (
        "cell azure-eastus2-retail-us cannot keep a copy of personal in another region; found "
        "replicate: azure/centralus; allowed: no copies on Azure; fix: remove personal from the "
        "cell's replicate"
    )
    assert raised.value.exit_code is ExitCode.INVALID


def test_nobody_reads_the_archive_or_the_access_logs() -> None:
    """No identity has a role on what Azure Monitor writes."""
    for each in grants(stack()).values():
        assert "logs_archive_" not in each.on
        assert "access-logs_" not in each.on
