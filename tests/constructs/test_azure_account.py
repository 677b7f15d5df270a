"""An Azure subscription's guardrails, as their stack holds them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from support.azure_cells import ADDRESSES, SUBSCRIPTION, cell, expression, grants, guardrails

from agent_studio.constructs.azure.account.policies import DENIED, LOCATIONS
from agent_studio.estate import Scope
from agent_studio.estate.errors import StudioError


def policy(purpose: str) -> dict[str, Any]:
    """One policy that is assigned to the subscription."""
    return guardrails().at("azurerm_subscription_policy_assignment", f"policies/{purpose}")


def test_every_policy_is_enforced_on_the_whole_subscription() -> None:
    """Each assignment names the subscription and a definition of Azure's own, and is in force."""
    found = guardrails().of("azurerm_subscription_policy_assignment")
    assert set(found) == {f"policies/{each}" for each in (*LOCATIONS, *DENIED)}
    for each in found.values():
        assert each["subscription_id"] == f"/subscriptions/{SUBSCRIPTION}"
        assert each["policy_definition_id"].startswith(
            "/providers/Microsoft.Authorization/policyDefinitions/"
        )
        assert each["enforce"] is True
        assert "not_scopes" not in each
        (message,) = each["non_compliance_message"]
        assert message["content"].endswith(": a guardrail of the estate acme")


@pytest.mark.parametrize(
    ("purpose", "definition"),
    [
        ("locations", "e56962a6-4747-49cd-b67b-bf8b01975c4c"),
        ("group-locations", "e765b5de-1225-4ba3-bd56-1ac6695af988"),
    ],
)
def test_new_resources_lie_in_open_regions(purpose: str, definition: str) -> None:
    """The locations of resources and of resource groups are the open regions."""
    assert policy(purpose)["policy_definition_id"].endswith(f"/{definition}")
    assert json.loads(policy(purpose)["parameters"]) == {
        "listOfAllowedLocations": {"value": ["centralus", "eastus2"]}
    }


@pytest.mark.parametrize(
    ("purpose", "definition"),
    [
        ("no-public-blobs", "4fa4b6c0-31ca-4c0d-b10d-24b96f62a751"),
        ("no-shared-keys", "8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54"),
        ("purge-protection", "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53"),
        ("registry-no-admin", "dc921057-6b28-4fbe-9b83-f7bec05db6c2"),
    ],
)
def test_a_prohibition_denies(purpose: str, definition: str) -> None:
    """Public blobs, shared keys, vaults that forget and registries with a password are denied."""
    assert policy(purpose)["policy_definition_id"].endswith(f"/{definition}")
    assert json.loads(policy(purpose)["parameters"]) == {"effect": {"value": "Deny"}}


def test_every_line_of_the_activity_log_is_kept_in_the_region() -> None:
    """All categories go into the container that Azure writes to, locked for ten years."""
    logged = guardrails().at("azurerm_monitor_diagnostic_setting", "trail/activity")
    assert logged["target_resource_id"] == f"/subscriptions/{SUBSCRIPTION}"
    assert logged["storage_account_id"] == expression(
        guardrails(), "azurerm_storage_account", "trail/account"
    )
    assert {each["category"] for each in logged["enabled_log"]} == {
        "Administrative",
        "Alert",
        "Autoscale",
        "Policy",
        "Recommendation",
        "ResourceHealth",
        "Security",
        "ServiceHealth",
    }
    (waits_for,) = logged["depends_on"]
    assert waits_for.startswith("azurerm_storage_container_immutability_policy.trail_lock_")
    container = guardrails().at("azurerm_storage_container", "trail/container")
    assert container["name"] == "insights-activity-logs"
    lock = guardrails().at("azurerm_storage_container_immutability_policy", "trail/lock")
    assert lock == {
        "storage_container_resource_manager_id": expression(
            guardrails(), "azurerm_storage_container", "trail/container"
        ),
        "immutability_period_in_days": 3650,
        "protected_append_writes_enabled": True,
        "locked": True,
    }


def test_the_trail_is_closed_under_a_key_of_its_own_and_outlives_a_plan() -> None:
    """The account lies in the guardrails' region and answers to Azure Monitor alone."""
    account = guardrails().at("azurerm_storage_account", "trail/account")
    assert account["location"] == "eastus2"
    assert account["public_network_access_enabled"] is False
    assert account["shared_access_key_enabled"] is False
    assert account["network_rules"] == {"default_action": "Deny", "bypass": ["AzureServices"]}
    assert account["customer_managed_key"]["key_vault_key_id"] == expression(
        guardrails(), "azurerm_key_vault_key", "trail/key", "versionless_id"
    )
    for kind in (
        "azurerm_key_vault",
        "azurerm_key_vault_key",
        "azurerm_resource_group",
        "azurerm_storage_account",
        "azurerm_storage_container",
    ):
        for path, each in guardrails().of(kind).items():
            assert each["lifecycle"] == {"prevent_destroy": True}, path
            assert each.get("location", "eastus2") == "eastus2", path
    assert set(grants(guardrails())) == {"trail/key-use"}


def test_keys_are_made_from_the_addresses_of_ci_alone() -> None:
    """The trail's vault admits the CI's addresses; without any it is closed to all of them."""
    open_ = guardrails().at("azurerm_key_vault", "trail/vault")
    assert open_["network_acls"]["ip_rules"] == [str(each) for each in ADDRESSES]
    closed = guardrails(with_ci=False).at("azurerm_key_vault", "trail/vault")
    assert closed["public_network_access_enabled"] is False
    assert "ip_rules" not in closed["network_acls"]


def test_no_identity_of_ci_is_made_here() -> None:
    """Entra makes up client ids, so bootstrap makes CI's identities before there is a stack."""
    for with_ci in (True, False):
        found = guardrails(with_ci=with_ci)
        assert found.of("azurerm_federated_identity_credential") == {}
        assert set(found.of("azurerm_user_assigned_identity")) == {"trail/key-identity"}


def test_the_budget_tells_the_owners_before_at_and_in_view_of_its_end() -> None:
    """The declared amount, a month, for the whole subscription; it begins with this month."""
    budget = guardrails().at("azurerm_consumption_budget_subscription", "budget/budget")
    assert budget["subscription_id"] == f"/subscriptions/{SUBSCRIPTION}"
    assert budget["amount"] == 4000.5
    assert budget["time_grain"] == "Monthly"
    assert "filter" not in budget
    assert {
        (each["threshold"], each["threshold_type"], each["operator"], *each["contact_roles"])
        for each in budget["notification"]
    } == {
        (80, "Actual", "GreaterThanOrEqualTo", "Owner"),
        (100, "Actual", "GreaterThanOrEqualTo", "Owner"),
        (100, "Forecasted", "GreaterThanOrEqualTo", "Owner"),
    }
    assert all(each["enabled"] is True for each in budget["notification"])
    assert budget["time_period"]["start_date"] == (
        "${formatdate(\"YYYY-MM-01'T'00:00:00Z\", plantimestamp())}"
    )
    assert budget["lifecycle"] == {"ignore_changes": ["time_period"]}
    assert guardrails(budget=None).of("azurerm_consumption_budget_subscription") == {}


def test_a_subscription_without_a_tenant_has_no_guardrails() -> None:
    """The provider needs the tenant, so an account without one is refused."""
    from cdktf import Testing

    from agent_studio.stacks.azure.guardrails import AzureGuardrailsStack

    account = replace(cell().account, tenant=None)
    place = Scope(
        studio="acme", stack="guardrails-x", account_id=SUBSCRIPTION, region="eastus2", partition=""
    )
    with pytest.raises(StudioError, match="fix: set tenant under accounts: retail-us"):
        AzureGuardrailsStack(Testing.app(), place=place, account=account, regions=[], ci=None)
