"""Keys, network and stores of a cell on Azure, read off the synthesized stack."""

from dataclasses import replace

import pytest
from support.aws_cells import COLLECTOR
from support.azure_cells import foundation

TALKER = replace(COLLECTOR, egress=("API.github.com",))


@pytest.mark.parametrize(("region", "replication"), [("eastus2", "ZRS"), ("westus", "LRS")])
def test_nothing_leaves_the_region(region: str, replication: str) -> None:
    """Every location is the cell's region, and storage is copied within it alone."""
    stack = foundation(TALKER, region=region)
    resources = [each for kind in stack.document["resource"] for each in stack.of(kind).values()]
    assert {each["location"] for each in resources if "location" in each} == {region}
    accounts = stack.of("azurerm_storage_account").values()
    assert {each["account_replication_type"] for each in accounts} == {replication}


def test_keys_rotate_and_outlive_a_plan() -> None:
    """Each key lies in a hardware module, rotates each year and is destroyed by no plan."""
    for key in foundation().of("azurerm_key_vault_key").values():
        assert key["key_type"] == "RSA-HSM"
        assert key["rotation_policy"]["automatic"] == {"time_after_creation": "P1Y"}
        assert key["lifecycle"] == {"prevent_destroy": True}
    vault = foundation().at("azurerm_key_vault", "keys/vault")
    assert vault["public_network_access_enabled"] is False
    assert vault["purge_protection_enabled"] is True
    assert vault["rbac_authorization_enabled"] is True


def test_stores_are_closed_and_encrypted_with_their_own_key() -> None:
    """A store knows no public network and no shared key, and has its own class's key."""
    for name in ("internal", "public"):
        store = foundation().at("azurerm_storage_account", f"store-{name}/account")
        assert store["public_network_access_enabled"] is False
        assert store["shared_access_key_enabled"] is False
        assert f"class-{name}" in store["customer_managed_key"]["key_vault_key_id"]


def test_security_groups_end_with_refusing_everything() -> None:
    """The last rule in each direction denies all; none names the internet without egress."""
    for group in foundation().of("azurerm_network_security_group").values():
        last = [each for each in group["security_rule"] if each["priority"] == 4096]
        assert {(each["direction"], each["access"]) for each in last} == {
            ("Inbound", "Deny"),
            ("Outbound", "Deny"),
        }
        assert "Internet" not in str(group["security_rule"])
    assert not foundation().document["resource"].get("azurerm_firewall")


def test_the_firewall_admits_the_declared_names_alone() -> None:
    """Declared names pass on port 443, and the platform's; there is no network rule."""
    stack = foundation(TALKER)
    (group,) = stack.of("azurerm_firewall_policy_rule_collection_group").values()
    declared = group["application_rule_collection"][0]["rule"][0]
    assert declared["destination_fqdns"] == ["api.github.com"]
    assert declared["protocols"] == [{"port": 443, "type": "Https"}]
    assert "network_rule_collection" not in group
