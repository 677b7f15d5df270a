"""Ways to break what holds in a whole subscription."""

import json
from typing import Any

from policies.breaches_azure.cell import OWN, STRANGER
from policies.breaches_azure.edits import (
    FOREIGN_ACCOUNT,
    FOREIGN_KEY,
    FOREIGN_RULE,
    FOREIGN_WORKSPACE,
    THEIRS,
    Edit,
    act,
    add,
    at,
    backend,
    drop,
    known,
    meta,
    none,
    provided,
    put,
    state,
    was,
)

_DEFINITIONS = "/providers/Microsoft.Authorization/policyDefinitions"
_AUDIT_VMS = f"{_DEFINITIONS}/06a78e20-9358-41c9-923c-fb736d382a4d"
"""The built-in "Audit VMs that do not use managed disks", which denies nothing."""

_ASSIGNED = {
    "subscription_id": f"/subscriptions/{OWN}",
    "name": "x",
}


def _effect(effect: str) -> str:
    return json.dumps({"effect": {"value": effect}})


def _locations(*names: str) -> str:
    return json.dumps({"listOfAllowedLocations": {"value": list(names)}})


_POLICIES = ("locations", "group locations", "no public blobs", "no shared keys")

POLICIES: dict[str, Edit] = {
    **{f"{part} not enforced": at(part, "enforce", False) for part in _POLICIES},
    **{f"{part} removed": drop(part) for part in (*_POLICIES, "purge protection", "no admin")},
    **{
        f"{part} with {effect}": at(part, "parameters", _effect(effect))
        for part in ("no public blobs", "no shared keys", "purge protection", "no admin")
        for effect in ("Audit", "Disabled")
    },
    "locations not enforced in words": at("locations", "enforce", "false"),
    "effect in small letters": at("no admin", "parameters", _effect("audit")),
    "effect as its definition has it": at("no admin", "parameters", None),
    "effect of nothing": at("no admin", "parameters", "{}"),
    "effect of no document": at("no admin", "parameters", "Deny"),
    "effect of a variable": at("no admin", "parameters", '{"effect":{"value":"${var.effect}"}}'),
    "effect beside another": at(
        "no admin",
        "parameters",
        '{"effect":{"value":"Deny"},"excluded":{"value":["x"]}}',
    ),
    "one location more": at("locations", "parameters", _locations("uksouth", "ukwest", "eastus")),
    "another location": at("locations", "parameters", _locations("westeurope")),
    "location that is everywhere": at("locations", "parameters", _locations("uksouth", "global")),
    "location in capitals": at("locations", "parameters", _locations("uksouth", "EASTUS")),
    "location by its display name": at("locations", "parameters", _locations("East US")),
    "no locations": at("locations", "parameters", None),
    "locations of nothing": at("locations", "parameters", "{}"),
    "locations of no list": at(
        "locations", "parameters", '{"listOfAllowedLocations":{"value":"*"}}'
    ),
    "groups anywhere": at(
        "group locations", "parameters", _locations("uksouth", "ukwest", "swedencentral")
    ),
    "another definition": at("locations", "policy_definition_id", _AUDIT_VMS),
    "definition of its own": at(
        "locations",
        "policy_definition_id",
        f"/subscriptions/{OWN}{_DEFINITIONS}/allow-everything",
    ),
    "set of definitions": at(
        "locations",
        "policy_definition_id",
        "/providers/Microsoft.Authorization/policySetDefinitions/x",
    ),
    "another subscription's policy": at(
        "locations", "subscription_id", f"/subscriptions/{STRANGER}"
    ),
    "group left out": at(
        "locations", "not_scopes", [f"/subscriptions/{OWN}/resourceGroups/anything"]
    ),
    "subscription left out": at("no admin", "not_scopes", [f"/subscriptions/{OWN}"]),
    "effect overridden": at(
        "no public blobs",
        "overrides",
        [
            {
                "value": "Disabled",
                "selectors": [{"kind": "policyDefinitionReferenceId", "in": ["x"]}],
            }
        ],
    ),
    "resources chosen by place": at(
        "no public blobs",
        "resource_selectors",
        [{"name": "x", "selectors": [{"kind": "resourceLocation", "in": ["ukwest"]}]}],
    ),
    "resources chosen by type": at(
        "locations",
        "resource_selectors",
        [
            {
                "name": "x",
                "selectors": [
                    {"kind": "resourceType", "not_in": ["Microsoft.Storage/storageAccounts"]}
                ],
            }
        ],
    ),
    "policy that acts": lambda cell: cell.set(
        cell.part("locations"), identity={"type": "SystemAssigned"}, location="uksouth"
    ),
    "no instance of the policy": none("locations"),
    "exemption of the subscription": lambda cell: cell.add(
        "azurerm_subscription_policy_exemption",
        "added",
        **_ASSIGNED,
        policy_assignment_id=cell.ref("locations", "id"),
        exemption_category="Waiver",
    ),
    "exemption of a group": lambda cell: cell.add(
        "azurerm_resource_group_policy_exemption",
        "added",
        name="x",
        resource_group_id=f"/subscriptions/{OWN}/resourceGroups/g",
        policy_assignment_id=cell.ref("locations", "id"),
        exemption_category="Mitigated",
    ),
    "exemption of a resource": lambda cell: cell.add(
        "azurerm_resource_policy_exemption",
        "added",
        name="x",
        resource_id=cell.ref("account", "id"),
        policy_assignment_id=cell.ref("locations", "id"),
        exemption_category="Waiver",
    ),
    "exemption in the old words": add("azurerm_policy_exemption", name="x"),
    "one more definition": add(
        "azurerm_policy_definition",
        name="x",
        policy_type="Custom",
        mode="All",
        display_name="x",
        policy_rule="{}",
    ),
    "one more policy, which acts": lambda cell: cell.add(
        "azurerm_subscription_policy_assignment",
        "added",
        **_ASSIGNED,
        location="uksouth",
        identity={"type": "SystemAssigned"},
        policy_definition_id=f"{_DEFINITIONS}/b1111111-2222-4333-8444-555555555555",
    ),
    "policy of a group": lambda cell: cell.add(
        "azurerm_resource_group_policy_assignment",
        "added",
        name="x",
        resource_group_id=cell.ref("group", "id"),
        policy_definition_id=_AUDIT_VMS,
    ),
}


def _without(*names: str) -> Edit:
    """The trail without some categories."""

    def edit(cell: Any) -> None:
        held = cell.body(cell.part("trail"))["enabled_log"]
        kept = [each for each in held if each["category"] not in names]
        cell.at("trail", "enabled_log", kept)

    return edit


TRAIL: dict[str, Edit] = {
    "no trail": drop("trail"),
    "no instance of the trail": none("trail"),
    "trail without what people do": _without("Administrative"),
    "trail without policies": _without("Policy"),
    "trail without what is safe": _without("Security"),
    "trail without most": _without(
        "Alert", "Autoscale", "Policy", "Recommendation", "ResourceHealth", "ServiceHealth"
    ),
    "trail of nothing": at("trail", "enabled_log", None),
    "trail to a stranger": at("trail", "storage_account_id", FOREIGN_ACCOUNT),
    "trail to a stranger too": at("trail", "eventhub_authorization_rule_id", FOREIGN_RULE),
    "trail to a strange workspace too": at(
        "trail", "log_analytics_workspace_id", FOREIGN_WORKSPACE
    ),
    "trail to a partner too": at(
        "trail", "partner_solution_id", f"{THEIRS}/Microsoft.Datadog/monitors/theirs"
    ),
    "trail of another subscription": at(
        "trail", "target_resource_id", f"/subscriptions/{STRANGER}"
    ),
    "one more trail, to a stranger": lambda cell: cell.add(
        "azurerm_monitor_diagnostic_setting",
        "added",
        name="x",
        target_resource_id=f"/subscriptions/{OWN}",
        storage_account_id=FOREIGN_ACCOUNT,
        enabled_log=[{"category": "Administrative"}],
    ),
    "trail in two regions": at("account", "account_replication_type", "GRS"),
    "trail elsewhere": at("account", "location", "ukwest"),
    "trail's group elsewhere": at("group", "location", "eastus"),
    "trail's vault elsewhere": at("vault", "location", "westeurope"),
    "trail on the internet": at("account", "public_network_access_enabled", True),
    "trail by shared key": at("account", "shared_access_key_enabled", True),
    "trail that anyone reads": at("container", "container_access_type", "blob"),
    "trail without its key": at("account", "customer_managed_key", None),
    "trail under a foreign key": at(
        "account", "customer_managed_key.key_vault_key_id", FOREIGN_KEY
    ),
    "trail's key in software": at("key", "key_type", "RSA"),
    "trail's key that is not rotated": at("key", "rotation_policy", None),
    "trail's vault on the internet": at("vault", "public_network_access_enabled", True),
    "trail's vault that forgets": at("vault", "purge_protection_enabled", False),
    "trail unlocked": at("lock", "locked", False),
    "trail locked for a month": at("lock", "immutability_period_in_days", 30),
    "trail with no lock": drop("lock"),
    "trail that is not protected": meta("account", lifecycle={"prevent_destroy": False}),
    "trail's key for a stranger": at("key use", "principal_id", STRANGER),
    "trail's key ruled": at("key use", "role_definition_name", "Key Vault Crypto Officer"),
}

TRAIL_PLANNED: dict[str, Edit] = {
    "policy in the plan alone": known("no admin", enforce=False),
    "effect in the plan alone": known("no admin", parameters=_effect("Audit")),
    "trail's account destroyed": act("account", "delete"),
    "trail's account replaced": act("account", "delete", "create"),
    "trail's key destroyed": act("key", "delete"),
    "trail's group destroyed": act("group", "delete"),
    "trail's lock destroyed": act("lock", "delete"),
    "trail's lock shortened": was("lock", "immutability_period_in_days", 365, 3650),
}


def _role(role: str, scope: str, principal: str = STRANGER) -> Edit:
    return add(
        "azurerm_role_assignment",
        scope=scope,
        role_definition_name=role,
        principal_id=principal,
        principal_type="ServicePrincipal",
    )


SUBSCRIPTION: dict[str, Edit] = {
    "owner of the subscription": _role("Owner", f"/subscriptions/{OWN}"),
    "contributor of the subscription": _role("Contributor", f"/subscriptions/{OWN}"),
    "giver of roles": _role("User Access Administrator", f"/subscriptions/{OWN}"),
    "owner for the key's identity": lambda cell: cell.add(
        "azurerm_role_assignment",
        "added",
        scope=f"/subscriptions/{OWN}",
        role_definition_name="Owner",
        principal_id=cell.ref("identity", "principal_id"),
    ),
    "reader of the trail": lambda cell: cell.add(
        "azurerm_role_assignment",
        "added",
        scope=cell.ref("container", "id"),
        role_definition_name="Storage Blob Data Reader",
        principal_id=STRANGER,
    ),
    "role of its own": add(
        "azurerm_role_definition",
        name="x",
        scope=f"/subscriptions/{OWN}",
        permissions=[{"actions": ["*/read"]}],
    ),
    "CI of somebody else": lambda cell: cell.add(
        "azurerm_federated_identity_credential",
        "added",
        name="ci",
        audience=["api://AzureADTokenExchange"],
        issuer="https://token.actions.githubusercontent.com",
        subject="repo:evil/estate:environment:production",
        parent_id=cell.ref("identity", "id"),
        resource_group_name=cell.ref("group", "name"),
    ),
    "subscription run by others": add(
        "azurerm_lighthouse_assignment",
        scope=f"/subscriptions/{OWN}",
        lighthouse_definition_id=f"/subscriptions/{STRANGER}/x",
    ),
    "subscription moved": add(
        "azurerm_management_group_subscription_association",
        management_group_id="/providers/Microsoft.Management/managementGroups/theirs",
        subscription_id=f"/subscriptions/{OWN}",
    ),
    "costs sent elsewhere": add(
        "azurerm_subscription_cost_management_export",
        **_ASSIGNED,
        export_data_storage_location=[{"container_id": FOREIGN_ACCOUNT, "root_folder_path": "/"}],
    ),
    "people who hear of attacks": add(
        "azurerm_security_center_contact",
        name="x",
        email="a@evil.example",
        alert_notifications=True,
        alerts_to_admins=False,
    ),
    "attacks sent elsewhere": add("azurerm_security_center_automation", name="x"),
    "template for the subscription": add(
        "azurerm_subscription_template_deployment",
        name="x",
        location="uksouth",
        template_content="{}",
    ),
    "feature of the subscription": add(
        "azurerm_resource_provider_feature_registration", name="x", provider_name="Microsoft.X"
    ),
    "provider of the subscription": add(
        "azurerm_resource_provider_registration", name="Microsoft.Compute"
    ),
    "another subscription's provider": provided(subscription_id=STRANGER),
    "provider with a secret": provided(client_id=STRANGER, client_secret="hunter2"),
    "state in a strange account": state(storage_account_name="theirs"),
    "state with a key": state(access_key="a2V5"),
    "state with a signature": state(sas_token="sv=2024&sig=x"),
    "state with a secret": state(client_id=STRANGER, client_secret="hunter2"),
    "state by account keys": state(use_azuread_auth=False),
    "state by account keys, with nothing said": state(use_azuread_auth=None),
    "state of a cell": state(key="cell-azure-uksouth-clinics-uk.tfstate"),
    "state in a file": backend("local", path="x"),
}

BUDGET: dict[str, Edit] = {
    "told to a stranger": at("budget", "notification.contact_emails", ["a@evil.example"]),
    "told to a strange group": at(
        "budget", "notification.contact_groups", [f"{THEIRS}/Microsoft.Insights/actionGroups/g"]
    ),
    "one more listener": put(
        "budget",
        "notification",
        {
            "enabled": True,
            "operator": "GreaterThan",
            "threshold": 1,
            "contact_emails": ["a@evil.example"],
        },
    ),
    "told to every holder of another role": at("budget", "notification.contact_roles", ["Reader"]),
    "told to nobody": at("budget", "notification.enabled", False),
    "told too late": at("budget", "notification.threshold", 1000),
    "of another subscription": at("budget", "subscription_id", f"/subscriptions/{STRANGER}"),
    "much larger": at("budget", "amount", 1_000_000_000),
    "of a part alone": at(
        "budget",
        "filter",
        {"dimension": [{"name": "ResourceGroupName", "operator": "In", "values": ["x"]}]},
    ),
    "that has ended": at("budget", "time_period.end_date", "2020-01-01T00:00:00Z"),
    "for a group": add(
        "azurerm_consumption_budget_resource_group",
        name="x",
        resource_group_id="g",
        amount=1,
        notification=[{"contact_emails": ["a@evil.example"]}],
    ),
}
