"""The models of a cell on Azure, read off the synthesized stack."""

from support.azure_cells import COLLECTOR, runtime, stack, synthesized

STANDARD = "azure/Standard/gpt-4.1"
ZONE = "azure/DataZoneStandard/gpt-4o"
CALLER = runtime("caller", models=(STANDARD, ZONE, "bedrock/eu.anthropic.claude-sonnet-4-5"))
OTHER = runtime("other", models=(STANDARD,))


def test_a_cell_whose_runtimes_declare_no_model_has_no_account() -> None:
    """Without a model of Azure's there is nothing to call."""
    assert "azurerm_cognitive_account" not in stack().document["resource"]
    assert "azurerm_cognitive_deployment" not in stack().document["resource"]


def test_the_account_is_closed_and_under_the_cells_own_key() -> None:
    """No public network, no shared key, no way out; the operations key; the cell's region."""
    (account,) = synthesized(CALLER, OTHER).of("azurerm_cognitive_account").values()
    assert account["location"] == "eastus2"
    assert account["public_network_access_enabled"] is False
    assert account["local_auth_enabled"] is False
    assert account["outbound_network_access_restricted"] is True
    assert account["network_acls"] == {"default_action": "Deny", "bypass": "None"}
    assert "keys_operations" in account["customer_managed_key"]["key_vault_key_id"]
    assert account["custom_subdomain_name"] == account["name"]


def test_each_declared_model_is_served_once_by_its_deployment_type() -> None:
    """The type says where a prompt is processed; models of other clouds are left out."""
    deployments = synthesized(CALLER, OTHER).of("azurerm_cognitive_deployment").values()
    assert sorted((each["sku"]["name"], each["model"]["name"]) for each in deployments) == [
        ("DataZoneStandard", "gpt-4o"),
        ("Standard", "gpt-4.1"),
    ]


def test_those_runtimes_alone_that_declare_a_model_may_call_it() -> None:
    """Each such identity has the one role, on the account; the others have none."""
    found = synthesized(CALLER, COLLECTOR)
    calls = [
        each
        for each in found.of("azurerm_role_assignment").values()
        if "cognitive_account" in each["scope"]
    ]
    assert [each["role_definition_name"] for each in calls] == ["Cognitive Services OpenAI User"]
    assert "identity-caller" in calls[0]["principal_id"]


def test_a_runtime_is_told_where_its_models_are() -> None:
    """By the endpoint's name, which the private zone leads to an address in the network."""
    found = synthesized(CALLER, COLLECTOR)
    (account,) = found.of("azurerm_cognitive_account").values()
    told = {}
    for app in found.of("azurerm_container_app").values():
        environment = {
            each["name"]: each["value"] for each in app["template"]["container"][0]["env"]
        }
        told[environment["STUDIO_RUNTIME"]] = environment.get("AZURE_OPENAI_ENDPOINT")
    assert told == {"caller": f"https://{account['name']}.openai.azure.com/", "collector": None}
    zones = {each["name"] for each in found.of("azurerm_private_dns_zone").values()}
    assert "privatelink.openai.azure.com" in zones
