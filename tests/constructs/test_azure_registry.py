"""Who pushes and pulls an Azure cell's images, read off the synthesized stack."""

import pytest
from support.azure_cells import (
    CORE,
    cell,
    expression,
    grants,
    runtime,
    stack,
    synthesize,
    synthesized,
)

from agent_studio.estate.errors import StudioError


def test_images_lie_in_the_region_under_the_operations_key() -> None:
    """One registry in the region, copied nowhere, exported by nobody, that outlives a plan."""
    (registry,) = stack().of("azurerm_container_registry").values()
    assert registry["location"] == "eastus2"
    assert "georeplications" not in registry
    assert registry["export_policy_enabled"] is False
    (encryption,) = registry["encryption"]
    assert encryption == {
        "key_vault_key_id": expression(
            stack(), "azurerm_key_vault_key", "keys/operations", "versionless_id"
        ),
        "identity_client_id": expression(
            stack(), "azurerm_user_assigned_identity", "keys/operations-identity", "client_id"
        ),
    }
    assert registry["retention_policy_in_days"] == 14
    assert registry["lifecycle"] == {"prevent_destroy": True}


def test_the_registry_answers_in_the_cell_to_identities_alone() -> None:
    """No public network, no administrator with a password, nobody unknown, no trusted service."""
    (registry,) = stack().of("azurerm_container_registry").values()
    assert registry["sku"] == "Premium"
    assert registry["public_network_access_enabled"] is False
    assert registry["network_rule_bypass_option"] == "None"
    assert registry["admin_enabled"] is False
    assert registry["anonymous_pull_enabled"] is False
    assert stack().of("azurerm_container_registry_token") == {}


@pytest.mark.parametrize(("region", "spread"), [("eastus2", True), ("westus", False)])
def test_images_are_spread_over_the_zones_that_there_are(region: str, spread: bool) -> None:
    """A region without zones keeps its images in its one place."""
    (registry,) = synthesized(runtime(), region=region).of("azurerm_container_registry").values()
    assert registry["zone_redundancy_enabled"] is spread


def test_the_runtimes_pull_and_the_core_pushes() -> None:
    """The runtimes' identities and the core's release identity have a role; nobody else does."""
    on = expression(stack(), "azurerm_container_registry", "registry/registry")
    given = {path: each for path, each in grants(stack()).items() if each.on == on}
    assert {path: each.role for path, each in given.items()} == {
        "identity-analyst/pulls": "AcrPull",
        "identity-collector/pulls": "AcrPull",
        "identity-talker/pulls": "AcrPull",
        "registry/releases": "AcrPush",
    }
    assert given["registry/releases"].who == expression(
        stack(), "azurerm_user_assigned_identity", "core/release", "principal_id"
    )


def test_every_runtime_and_the_collector_have_a_repository() -> None:
    """Addresses are the runtimes' in the cell's order, then the collector's; no other is given."""
    from cdktf import TerraformStack, Testing

    from agent_studio.constructs.azure.keys import CellKeys
    from agent_studio.constructs.azure.network import CellNetwork
    from agent_studio.constructs.azure.registry import ImageRegistry

    found, scope = cell(runtime(), runtime("second")), TerraformStack(Testing.app(), "alone")
    keys = CellKeys(scope, "keys", cell=found)
    CellNetwork(scope, "network", cell=found, keys=keys)
    registry = ImageRegistry(scope, "registry", cell=found, keys=keys, core=CORE)
    assert registry.repository_ids == [
        f"{registry.server}/{name}" for name in ("analyst", "second", "otel-collector")
    ]
    assert registry.repository_url("second") == registry.repository_ids[1]
    with pytest.raises(KeyError, match="third"):
        registry.repository_url("third")


def test_a_runtime_cannot_take_the_collectors_name() -> None:
    """A runtime named as the collector's repository is refused."""
    with pytest.raises(StudioError) as raised:
        synthesize(cell(runtime("otel-collector")))
    assert str(raised.value) == (
        "a runtime bears the name of the collector's repository; found otel-collector; allowed: "
        "any name but otel-collector; fix: rename the runtime"
    )
