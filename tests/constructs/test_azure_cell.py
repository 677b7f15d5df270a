"""What holds for every resource of an Azure stack."""

import json
import re
from typing import Any

import pytest
from support.aws_cells import Stack
from support.azure_cells import (
    COLLECTOR,
    SUBSCRIPTION,
    TALKER,
    TENANT,
    guardrails,
    runtime,
    stack,
    synthesized,
)
from support.fields import PLACES, WIDE, fields

from agent_studio.estate.catalogue import regions

SHARED = {"studio-studio", "studio-stack", "studio-jurisdiction", "studio-owner", "studio-layer"}

UNTAGGED = {
    "azurerm_consumption_budget_subscription",
    "azurerm_federated_identity_credential",
    "azurerm_firewall_policy_rule_collection_group",
    "azurerm_log_analytics_cluster_customer_managed_key",
    "azurerm_log_analytics_data_export_rule",
    "azurerm_log_analytics_linked_service",
    "azurerm_monitor_diagnostic_setting",
    "azurerm_role_assignment",
    "azurerm_servicebus_queue",
    "azurerm_storage_container",
    "azurerm_storage_container_immutability_policy",
    "azurerm_subnet",
    "azurerm_subnet_network_security_group_association",
    "azurerm_subnet_route_table_association",
    "azurerm_subscription_policy_assignment",
}
"""Types that take no tags."""


def resources(found: Stack) -> dict[str, dict[str, Any]]:
    """Every resource of a stack, by type and path."""
    return {
        f"{kind} {path}": each
        for kind in found.document["resource"]
        for path, each in found.of(kind).items()
    }


@pytest.mark.parametrize("region", ["eastus2", "westeurope", "westus"])
def test_no_place_outside_of_the_cells_region_is_named(region: str) -> None:
    """Nothing names another region; the group that hears alarms alone lies in none."""
    shaped = synthesized(runtime(), COLLECTOR, TALKER, region=region)
    others = sorted((set(regions("azure")) - {region}), key=len, reverse=True)
    other = re.compile(rf"(?<![a-z0-9-])({'|'.join(others)})(?![a-z0-9])")
    places = set()
    for name, text in fields(shaped.document):
        found = other.search(text.replace(region, "here"))
        assert found is None, f"{name}: {text}"
        if name in PLACES:
            assert not WIDE.match(text), f"{name}: {text}"
            places.add(text)
    assert places == {region, "global"}
    anywhere = [
        path for path, each in resources(shaped).items() if each.get("location") == "global"
    ]
    assert anywhere == ["azurerm_monitor_action_group logs/alarms/group"]


@pytest.mark.parametrize("found", [stack, guardrails], ids=["cell", "guardrails"])
def test_the_stack_is_pinned_to_its_subscription_and_tenant(found: Any) -> None:
    """The provider names both, holds no key, and takes its identity from the job's environment."""
    (provider,) = found().document["provider"]["azurerm"]
    assert provider["subscription_id"] == SUBSCRIPTION
    assert provider["tenant_id"] == TENANT
    assert provider["use_oidc"] is True
    assert provider["storage_use_azuread"] is True
    assert provider["resource_provider_registrations"] == "none"
    assert not {"client_id", "client_secret", "client_certificate", "use_msi"} & set(provider)


@pytest.mark.parametrize(
    ("found", "name"),
    [(stack, "cell-azure-eastus2-retail-us"), (guardrails, "guardrails-retail-us")],
    ids=["cell", "guardrails"],
)
def test_state_lies_in_the_stacks_own_region(found: Any, name: str) -> None:
    """The state's account is the subscription's own in the region, one blob for a stack."""
    backend = found().document["terraform"]["backend"]["azurerm"]
    assert re.fullmatch(r"acmestate[a-z0-9]{15}", backend["storage_account_name"])
    assert backend["container_name"].startswith("state-")
    assert backend["key"] == f"{name}.tfstate"
    assert backend["subscription_id"] == SUBSCRIPTION
    assert backend["tenant_id"] == TENANT
    assert backend["use_oidc"] is True
    assert backend["use_azuread_auth"] is True
    assert not {"access_key", "sas_token", "client_secret"} & set(backend)
    accounts = {
        each.document["terraform"]["backend"]["azurerm"]["storage_account_name"]
        for each in (stack(), guardrails(), synthesized(runtime(), region="westus"))
    }
    assert len(accounts) == 2, "one account for each region"


def test_no_stack_reads_another() -> None:
    """No stack reads anything but its own subscription's resources, and no state."""
    for found in (stack(), guardrails()):
        assert "data" not in found.document
        assert "terraform_remote_state" not in json.dumps(found.document)


def test_everything_lies_in_the_stacks_own_group() -> None:
    """One resource group, in the region, that no plan destroys, holds all that the stack makes."""
    for found in (stack(), guardrails()):
        (group,) = found.of("azurerm_resource_group").values()
        assert group["location"] == "eastus2"
        assert group["lifecycle"] == {"prevent_destroy": True}
        unique = group["//"]["metadata"]["uniqueId"]
        named = {
            each["resource_group_name"]
            for each in resources(found).values()
            if "resource_group_name" in each
        }
        assert named == {f"${{azurerm_resource_group.{unique}.name}}"}


@pytest.mark.parametrize(
    ("found", "layer"), [(stack, "cell"), (guardrails, "guardrails")], ids=["cell", "guardrails"]
)
def test_everything_that_takes_tags_says_whose_it_is(found: Any, layer: str) -> None:
    """Studio, stack, layer, jurisdiction and owner stand on every resource."""
    for path, each in resources(found()).items():
        tags = each.get("tags")
        if path.partition(" ")[0] in UNTAGGED or path.startswith("vault_"):
            assert tags is None, path
            continue
        assert set(tags) >= SHARED, path
        assert tags["studio-layer"] == layer, path
        assert tags["studio-jurisdiction"] == "US", path
        assert tags["studio-owner"] == "Retail & Stores", path
        assert ("studio-cell" in tags) == (layer == "cell"), path


def test_tags_are_ones_that_every_service_keeps() -> None:
    """Names hold no colon: private DNS zones drop such a tag without a word."""
    for found in (stack(), guardrails()):
        for path, each in resources(found).items():
            tags = each.get("tags") or {}
            assert len(tags) <= 15, path
            for name, value in tags.items():
                assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name), path
                assert 0 < len(value) <= 256, path


def test_no_name_is_given_twice() -> None:
    """No two resources of a type bear the same name, a runtime's beside the cell's own among them.

    Names that a runtime's could meet: of the keys' and the core's identities, of events.
    """
    clashing = synthesized(
        *(
            runtime(name)
            for name in ("core-mailbox", "core-release", "events", "key-internal", "key-operations")
        )
    )
    for kind in clashing.document["resource"]:
        named = [
            json.dumps([each.get(key) for key in ("name", "parent_id", "storage_account_id")])
            for each in clashing.of(kind).values()
            if "name" in each and "target_resource_id" not in each
        ]
        assert len(named) == len(set(named)), kind


def test_data_bearing_resources_outlive_a_plan() -> None:
    """What holds data, keys, logs, messages or images is destroyed by no plan."""
    for kind in (
        "azurerm_container_registry",
        "azurerm_key_vault",
        "azurerm_key_vault_key",
        "azurerm_log_analytics_cluster",
        "azurerm_log_analytics_workspace",
        "azurerm_resource_group",
        "azurerm_servicebus_namespace",
        "azurerm_servicebus_queue",
        "azurerm_storage_account",
        "azurerm_storage_container",
    ):
        assert stack().of(kind), kind
        for path, each in stack().of(kind).items():
            assert each["lifecycle"] == {"prevent_destroy": True}, path
