"""Who may use an Azure cell's keys, read off the synthesized stack."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.aws_cells import PERSONAL, Stack
from support.azure_cells import (
    ADDRESSES,
    cell,
    expression,
    grants,
    identity,
    runtime,
    stack,
    synthesize,
    synthesized,
)

from agent_studio.estate import Cell
from agent_studio.estate.errors import ExitCode, StudioError

USE = "Key Vault Crypto Service Encryption User"
KEYS = ("class-internal", "class-personal", "class-public", "operations")


def vault(found: Stack) -> dict[str, Any]:
    """The one vault of a stack."""
    return found.at("azurerm_key_vault", "keys/vault")


def alone(build: Callable[[Any], object]) -> None:
    """Build something in a stack that holds nothing else."""
    from cdktf import TerraformStack, Testing

    build(TerraformStack(Testing.app(), "alone"))


def keys_of(found: Cell) -> None:
    """Build the keys of a cell alone."""
    from agent_studio.constructs.azure.keys import CellKeys

    alone(lambda scope: CellKeys(scope, "keys", cell=found))


def test_every_class_of_data_has_its_own_key() -> None:
    """A cell has one key for each class of data that it holds, and one for operations."""
    assert set(stack().of("azurerm_key_vault_key")) == {f"keys/{each}" for each in KEYS}


def test_keys_lie_in_a_hardware_module_rotate_and_outlive_a_plan() -> None:
    """Each key lies in the one vault, in hardware, rotates each year, and no plan destroys it."""
    home = expression(stack(), "azurerm_key_vault", "keys/vault")
    for key in stack().of("azurerm_key_vault_key").values():
        assert key["key_vault_id"] == home
        assert key["key_type"] == "RSA-HSM"
        assert key["key_opts"] == ["unwrapKey", "wrapKey"]
        assert key["rotation_policy"] == {
            "automatic": {"time_after_creation": "P1Y"},
            "expire_after": "P2Y",
            "notify_before_expiry": "P30D",
        }
        assert key["lifecycle"] == {"prevent_destroy": True}


def test_the_vault_forgets_nothing_and_answers_to_roles_alone() -> None:
    """Deleted keys are kept for 90 days and purged by nobody; there are no access policies."""
    found = vault(stack())
    assert found["location"] == "eastus2"
    assert found["sku_name"] == "premium"
    assert found["soft_delete_retention_days"] == 90
    assert found["purge_protection_enabled"] is True
    assert found["rbac_authorization_enabled"] is True
    assert "access_policy" not in found
    assert stack().of("azurerm_key_vault_access_policy") == {}
    assert found["lifecycle"] == {"prevent_destroy": True}
    (provider,) = stack().document["provider"]["azurerm"]
    assert provider["features"][0]["key_vault"] == [
        {"purge_soft_delete_on_destroy": False, "purge_soft_deleted_keys_on_destroy": False}
    ]


def test_the_vault_answers_in_the_cell_and_to_the_addresses_of_ci() -> None:
    """Its firewall denies everybody but the CI's addresses; without any, every public network."""
    found = vault(stack())
    assert found["public_network_access_enabled"] is True
    assert found["network_acls"] == {
        "bypass": "AzureServices",
        "default_action": "Deny",
        "ip_rules": [str(each) for each in ADDRESSES],
    }
    closed = vault(synthesized(runtime(), addresses=False))
    assert closed["public_network_access_enabled"] is False
    assert closed["network_acls"] == {"bypass": "AzureServices", "default_action": "Deny"}
    endpoint = stack().at("azurerm_private_endpoint", "network/vault-endpoint")
    connection = endpoint["private_service_connection"]
    assert connection["subresource_names"] == ["vault"]
    assert connection["private_connection_resource_id"] == expression(
        stack(), "azurerm_key_vault", "keys/vault"
    )


@pytest.mark.parametrize("name", KEYS)
def test_each_key_has_an_identity_that_uses_no_other(name: str) -> None:
    """The key's own identity may wrap and unwrap with it, and has no other role."""
    given = {
        path: each
        for path, each in grants(stack()).items()
        if each.who.startswith(identity(f"keys_{name}-identity"))
    }
    on = expression(stack(), "azurerm_key_vault_key", f"keys/{name}", "resource_versionless_id")
    assert set(given) == {f"keys/{name}-use"}
    assert given[f"keys/{name}-use"][:2] == (USE, on)


def test_nobody_else_has_a_role_on_a_key() -> None:
    """Besides the keys' identities there is the log cluster's own, on the operations key alone."""
    on_keys = {path for path, each in grants(stack()).items() if "azurerm_key_vault" in each.on}
    assert on_keys == {f"keys/{each}-use" for each in KEYS} | {"workspace/key-use"}
    cluster = grants(stack())["workspace/key-use"]
    assert cluster.role == USE
    assert cluster.on == expression(
        stack(), "azurerm_key_vault_key", "keys/operations", "resource_versionless_id"
    )
    assert cluster.who.startswith("${azurerm_log_analytics_cluster.workspace_cluster_")


def test_what_is_encrypted_follows_the_rotation_and_waits_for_the_grant() -> None:
    """Keys are named without a version, by what is made once its identity may use them."""
    encrypted = 0
    for kind, argument in (
        ("azurerm_storage_account", "customer_managed_key"),
        ("azurerm_servicebus_namespace", "customer_managed_key"),
        ("azurerm_container_registry", "encryption"),
    ):
        for path, each in stack().of(kind).items():
            encrypted += 1
            (block,) = each[argument] if isinstance(each[argument], list) else [each[argument]]
            assert block["key_vault_key_id"].endswith(".versionless_id}"), path
            used = re.sub(r".*keys_|_[0-9A-F]{8}.*", "", block["key_vault_key_id"])
            (waits_for,) = each["depends_on"]
            assert waits_for.startswith(f"azurerm_role_assignment.keys_{used}-use_"), path
            (who,) = each["identity"]["identity_ids"]
            assert who.startswith(identity(f"keys_{used}-identity")), path
    assert encrypted == 8


def test_a_data_class_cannot_take_the_place_of_operations() -> None:
    """A data class named as the cell's own key is refused with the name to change."""
    clash = runtime(data_classes=(replace(PERSONAL, name="operations"),))
    with pytest.raises(StudioError, match="found operations; fix: give the data class operations"):
        synthesize(cell(clash))


def test_a_subscription_without_a_tenant_is_refused() -> None:
    """A vault belongs to a tenant, so an account without one gets the line to write."""
    found = cell(runtime())
    homeless = replace(found, account=replace(found.account, tenant=None))
    for build in (synthesize, keys_of):
        with pytest.raises(StudioError) as raised:
            build(homeless)
        assert str(raised.value) == (
            "account retail-us has no tenant; found none; allowed: the UUID of the subscription's "
            "Entra tenant; fix: set tenant under accounts: retail-us"
        )
        assert raised.value.exit_code is ExitCode.INVALID


def test_a_key_that_the_cell_does_not_have_is_named() -> None:
    """Asking for the key of a class that no runtime touches says which keys there are."""
    from agent_studio.constructs.azure.keys import CellKeys

    def build(scope: Any) -> None:
        CellKeys(scope, "keys", cell=cell(runtime())).key("public")

    with pytest.raises(KeyError, match="no key 'public'; it has internal, operations, personal"):
        alone(build)
