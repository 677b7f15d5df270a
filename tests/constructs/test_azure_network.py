"""What an Azure cell's network lets through, read off the synthesized stack."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws_cells import Stack
from support.azure_cells import COLLECTOR, TALKER, expression, runtime, stack, synthesized

from agent_studio.constructs.azure.network.addresses import carve
from agent_studio.constructs.azure.network.firewall import PLATFORM_NAMES
from agent_studio.estate.errors import ExitCode, StudioError

RUNTIMES, ENDPOINTS = "10.16.32.0/22", "10.16.36.0/22"

Rule = tuple[str, str, str, str, str, str]


def rules(purpose: str, found: Stack | None = None) -> list[Rule]:
    """A security group's rules in their order: direction, access, protocol, from, to, ports."""
    group = (found or stack()).at("azurerm_network_security_group", f"network/{purpose}-group")
    ordered = sorted(group["security_rule"], key=lambda each: int(each["priority"]))
    assert len({(each["direction"], each["priority"]) for each in ordered}) == len(ordered)
    return [
        (
            each["direction"],
            each["access"],
            each["protocol"],
            each["source_address_prefix"],
            each["destination_address_prefix"],
            each["destination_port_range"] or ",".join(each["destination_port_ranges"]),
        )
        for each in ordered
    ]


def collections(found: Stack) -> dict[str, dict[str, Any]]:
    """The firewall's application rules, by the name of their collection."""
    (group,) = found.of("azurerm_firewall_policy_rule_collection_group").values()
    assert "network_rule_collection" not in group
    assert "nat_rule_collection" not in group
    result = {}
    for each in group["application_rule_collection"]:
        assert each["action"] == "Allow"
        (result[each["name"]],) = each["rule"]
    return result


def test_no_subnet_has_azures_default_way_out() -> None:
    """Subnets are carved out of the cell's own range, and none has the default way out."""
    network = stack().at("azurerm_virtual_network", "network/network")
    assert network["address_space"] == ["10.16.32.0/20"]
    subnets = stack().of("azurerm_subnet")
    assert {path: each["address_prefixes"] for path, each in subnets.items()} == {
        "network/runtimes": [RUNTIMES],
        "network/endpoints": [ENDPOINTS],
        "network/egress/subnet": ["10.16.44.0/26"],
    }
    for each in subnets.values():
        assert each["default_outbound_access_enabled"] is False


def test_security_groups_admit_what_is_needed_and_end_with_refusing_everything() -> None:
    """Runtimes reach each other, the endpoints, Azure's DNS and the platform; nothing else."""
    last = [
        ("Inbound", "Deny", "*", "*", "*", "*"),
        ("Outbound", "Deny", "*", "*", "*", "*"),
    ]
    closed = synthesized(runtime(), COLLECTOR, vault=None)
    assert rules("runtimes", closed) == [
        ("Inbound", "Allow", "*", RUNTIMES, RUNTIMES, "*"),
        ("Outbound", "Allow", "*", RUNTIMES, RUNTIMES, "*"),
        ("Inbound", "Allow", "Tcp", "AzureLoadBalancer", RUNTIMES, "30000-32767"),
        ("Outbound", "Allow", "Tcp", RUNTIMES, ENDPOINTS, "443,5671"),
        ("Outbound", "Allow", "*", RUNTIMES, "168.63.129.16/32", "53"),
        ("Outbound", "Allow", "Tcp", RUNTIMES, "MicrosoftContainerRegistry", "443"),
        ("Outbound", "Allow", "Tcp", RUNTIMES, "AzureFrontDoor.FirstParty", "443"),
        ("Outbound", "Allow", "Tcp", RUNTIMES, "AzureActiveDirectory", "443"),
        *last,
    ]
    assert rules("endpoints", closed) == [
        ("Inbound", "Allow", "Tcp", RUNTIMES, ENDPOINTS, "443,5671"),
        *last,
    ]


def test_a_runtime_with_egress_opens_port_443_towards_the_firewall() -> None:
    """Declared egress adds one rule, for TLS to the internet; the firewall judges the name."""
    added = set(rules("runtimes")) - set(rules("runtimes", synthesized(runtime(), COLLECTOR)))
    assert added == {("Outbound", "Allow", "Tcp", RUNTIMES, "Internet", "443")}
    assert rules("endpoints") == rules("endpoints", synthesized(runtime(), COLLECTOR))


def test_security_groups_guard_their_subnets_and_the_endpoints_in_them() -> None:
    """Both groups are attached, and private endpoints don't pass theirs by."""
    for purpose in ("runtimes", "endpoints"):
        guard = stack().at(
            "azurerm_subnet_network_security_group_association", f"network/{purpose}-guard"
        )
        assert guard == {
            "subnet_id": expression(stack(), "azurerm_subnet", f"network/{purpose}"),
            "network_security_group_id": expression(
                stack(), "azurerm_network_security_group", f"network/{purpose}-group"
            ),
        }
    endpoints = stack().at("azurerm_subnet", "network/endpoints")
    assert endpoints["private_endpoint_network_policies"] == "Enabled"


def test_all_that_leaves_passes_the_firewall() -> None:
    """The runtimes' subnet has one route, to the firewall, which is there without egress too."""
    for found in (stack(), synthesized(runtime())):
        table = found.at("azurerm_route_table", "network/routes")
        firewall = expression(
            found,
            "azurerm_firewall",
            "network/egress/firewall",
            "ip_configuration[0].private_ip_address",
        )
        assert table["route"] == [
            {
                "name": "out",
                "address_prefix": "0.0.0.0/0",
                "next_hop_type": "VirtualAppliance",
                "next_hop_in_ip_address": firewall,
            }
        ]
        assert table["bgp_route_propagation_enabled"] is False
        (bound,) = found.of("azurerm_subnet_route_table_association").values()
        assert bound["subnet_id"] == expression(found, "azurerm_subnet", "network/runtimes")
        assert bound["route_table_id"] == expression(found, "azurerm_route_table", "network/routes")
        assert found.of("azurerm_nat_gateway") == {}


def test_the_firewall_admits_declared_names_and_the_platforms() -> None:
    """TLS from the runtimes to the names in lower case; a closed cell admits the platform alone."""
    found = collections(synthesized(runtime(), TALKER, vault=None))
    assert set(found) == {"declared", "platform"}
    assert found["declared"]["destination_fqdns"] == ["api.github.com"]
    assert found["platform"]["destination_fqdns"] == list(PLATFORM_NAMES)
    for each in found.values():
        assert each["source_addresses"] == [RUNTIMES]
        assert each["protocols"] == [{"type": "Https", "port": 443}]
    assert set(collections(synthesized(runtime(), vault=None))) == {"platform"}


def test_a_wildcard_under_egress_is_the_firewalls_to_judge() -> None:
    """`*.example.org` admits every name below it, as the firewall takes it."""
    found = synthesized(runtime(egress=("*.example.org",)), TALKER)
    assert collections(found)["declared"]["destination_fqdns"] == [
        "*.example.org",
        "api.github.com",
    ]


def test_the_firewall_logs_each_decision() -> None:
    """Every log of the firewall goes into the cell's workspace."""
    logged = stack().at("azurerm_monitor_diagnostic_setting", "network/egress/logging")
    assert logged["target_resource_id"] == expression(
        stack(), "azurerm_firewall", "network/egress/firewall"
    )
    assert logged["enabled_log"] == [{"category_group": "allLogs"}]
    assert logged["log_analytics_workspace_id"].startswith("${azurerm_log_analytics_linked_service")


def test_names_are_looked_up_at_azures_own_dns() -> None:
    """The network names no server; each zone of a service is linked to it and registers nothing."""
    network = stack().at("azurerm_virtual_network", "network/network")
    assert "dns_servers" not in network
    zones = stack().of("azurerm_private_dns_zone")
    assert {each["name"] for each in zones.values()} == {
        "privatelink.azurecr.io",
        "privatelink.blob.core.windows.net",
        "privatelink.servicebus.windows.net",
        "privatelink.vaultcore.azure.net",
    }
    for path in zones:
        link = stack().at("azurerm_private_dns_zone_virtual_network_link", f"{path}-link")
        assert link["registration_enabled"] is False
        assert link["private_dns_zone_name"] == expression(
            stack(), "azurerm_private_dns_zone", path, "name"
        )


def test_every_closed_service_is_reached_inside() -> None:
    """What has no public network has an address in the endpoints' subnet, under its own name."""
    reached = set()
    for each in stack().of("azurerm_private_endpoint").values():
        assert each["subnet_id"] == expression(stack(), "azurerm_subnet", "network/endpoints")
        connection = each["private_service_connection"]
        (subresource,) = connection["subresource_names"]
        assert connection["is_manual_connection"] is False
        (link,) = each["depends_on"]
        assert link.startswith(
            f"azurerm_private_dns_zone_virtual_network_link.network_zone-{subresource}-link_"
        )
        assert each["private_dns_zone_group"]["private_dns_zone_ids"] == [
            expression(stack(), "azurerm_private_dns_zone", f"network/zone-{subresource}")
        ]
        reached.add(connection["private_connection_resource_id"])
    services = {
        expression(stack(), kind, path)
        for kind in (
            "azurerm_container_registry",
            "azurerm_key_vault",
            "azurerm_servicebus_namespace",
            "azurerm_storage_account",
        )
        for path in stack().of(kind)
    }
    # Nobody in the cell reads the access logs.
    assert services - reached == {
        expression(stack(), "azurerm_storage_account", "access-logs/account")
    }
    assert reached <= services


@given(prefix=st.integers(8, 24))
def test_subnets_lie_in_the_cells_range_and_never_overlap(prefix: int) -> None:
    """Whatever its size, a cell's range holds every subnet, the firewall's as a /26."""
    network = IPv4Network((0x0A000000, prefix))
    carved = carve(network)
    subnets = [carved.runtimes, carved.endpoints, carved.firewall]
    assert all(each.subnet_of(network) for each in subnets)
    assert not any(one.overlaps(other) for one in subnets for other in subnets if one is not other)
    assert carved.firewall.prefixlen == 26


@pytest.mark.parametrize("network", ["0.0.0.0/7", "10.0.0.0/25"])
def test_a_range_of_another_size_is_refused(network: str) -> None:
    """Too large and too small ranges are refused, with the sizes that are taken."""
    with pytest.raises(StudioError) as raised:
        carve(IPv4Network(network))
    assert str(raised.value) == (
        "a cell's network is too small or too large to carve into subnets; found "
        f"{network}; allowed: a prefix from /8 to /24; fix: give the cell a network of another "
        "size, e.g. a /20"
    )
    assert raised.value.exit_code is ExitCode.INVALID


def test_the_first_declared_name_moves_no_subnet() -> None:
    """A cell that gets its first egress keeps its subnets as they are."""
    kind = "azurerm_subnet"
    assert synthesized(runtime()).of(kind) == synthesized(runtime(), TALKER).of(kind)


def test_a_stack_without_a_network_is_named() -> None:
    """A block that asks for a network that is not there yet is told which stack lacks it."""
    from cdktf import TerraformStack, Testing

    from agent_studio.constructs.azure.network import CellNetwork

    with pytest.raises(KeyError, match="stack lonely has no network yet"):
        CellNetwork.of(TerraformStack(Testing.app(), "lonely"))
