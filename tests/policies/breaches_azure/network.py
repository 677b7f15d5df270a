"""Ways into a cell's network, and out of it."""

from typing import Any

from policies.breaches_azure.edits import (
    FOREIGN_NETWORK,
    FOREIGN_WORKSPACE,
    OURS,
    THEIRS,
    Edit,
    add,
    at,
    changed,
    drop,
    inward,
    none,
    outward,
    put,
    rule,
    rules,
    without,
)

_NEW = {"name": "x", "location": "uksouth", "resource_group_name": "g"}
_NAMES = "application_rule_collection.0.rule.0"
_OWN = "10.16.48.0/22"


def _undeclare(cell: Any) -> None:
    """The estate declares no names outside any more; the stack still goes there."""
    cell.declare(lambda estate: estate["runtimes"]["collector"].pop("egress"))


def _deny(way: str, /, **values: Any) -> Edit:
    return changed(f"deny-all-{way}", **values)


def _route(**values: Any) -> Edit:
    return put("routes", "route", {"name": "added", **values})


def _inner(**values: Any) -> dict[str, Any]:
    return {"name": "x", "source_addresses": [_OWN], **values}


def _collection(kind: str, **values: Any) -> Edit:
    item = {"name": "x", "priority": 300, "action": "Allow", "rule": [_inner(**values)]}
    return put("names", f"{kind}_rule_collection", item)


DOORS: dict[str, Edit] = {
    "everyone": rule(),
    "everyone by the first prefix": rule(source_address_prefix="0.0.0.0/0"),
    "everyone of version six": rule(source_address_prefix="::/0"),
    "everyone by a word": rule(source_address_prefix="Any"),
    "the internet": inward(peer="Internet"),
    "the internet in small letters": inward(peer="internet"),
    "the internet in capitals": inward(peer="INTERNET"),
    "the internet in a list": inward(peer=["10.16.48.0/22", "Internet"]),
    "halves of everyone": inward(peer=["0.0.0.0/1", "128.0.0.0/1"]),
    "one address": inward(peer="203.0.113.5"),
    "one address in a list": inward(peer=[_OWN, "203.0.113.5/32"]),
    "another cell": inward(peer="10.16.0.0/20"),
    "more than the own network": inward(peer="10.0.0.0/8"),
    "everything that is tied to the network": inward(peer="VirtualNetwork"),
    "every customer of the cloud": inward(peer="AzureCloud"),
    "the region's customers": inward(peer="AzureCloud.uksouth"),
    "the balancer on every port": rule(source_address_prefix="AzureLoadBalancer"),
    "gateways": inward(peer="GatewayManager"),
    "front doors": inward(peer="AzureFrontDoor.Backend"),
    "logic apps": inward(peer="LogicApps"),
    "a group of others": inward(
        source_address_prefix=None,
        source_application_security_group_ids=[
            f"{THEIRS}/Microsoft.Network/applicationSecurityGroups/g"
        ],
    ),
    "shell": rule(protocol="Tcp", destination_port_range="22"),
    "desktop": rule(
        protocol="Tcp", destination_port_range="3389", source_address_prefix="Internet"
    ),
    "all ports as a range": rule(protocol="Tcp", destination_port_range="0-65535"),
    "ports in a list": rule(
        protocol="Tcp", destination_port_range=None, destination_port_ranges=["22", "80-90"]
    ),
    "protocol in small letters": rule(protocol="tcp", destination_port_range="443"),
    "direction in small letters": rule(direction="inbound"),
    "access in small letters": rule(access="allow"),
    "access in capitals": rule(access="ALLOW", direction="INBOUND"),
    "into the endpoints": rule("endpoints group"),
    "into the endpoints from the internet": rule(
        "endpoints group", source_address_prefix="Internet", destination_port_range="443"
    ),
    "probes from anywhere": changed("probes-in", source_address_prefix="*"),
    "probes on every port": changed(
        "probes-in", destination_port_ranges=None, destination_port_range="*"
    ),
    "own traffic from anywhere": changed("own-in", source_address_prefix="*"),
    "own traffic from more": changed(
        "own-in", source_address_prefix=None, source_address_prefixes=[_OWN, "0.0.0.0/0"]
    ),
    "no last refusal": without("deny-all-in"),
    "no last refusal of the endpoints": without("deny-all-in", "endpoints group"),
    "last refusal that allows": _deny("in", access="Allow"),
    "last refusal of one protocol": _deny("in", protocol="Tcp"),
    "last refusal of some": _deny("in", source_address_prefix="Internet"),
    "last refusal to some": _deny("in", destination_address_prefix="10.16.52.0/22"),
    "last refusal of one port": _deny("in", destination_port_range="22"),
    "last refusal from one port": _deny("in", source_port_range="1024"),
    "last refusal the other way": _deny("in", direction="Outbound", priority=4095),
    "no rules at all": at("runtimes group", "security_rule", None),
    "rules that are somebody else's": rules("runtimes group", lambda found: found.clear()),
    "rule beside the group": lambda cell: cell.add(
        "azurerm_network_security_rule",
        "added",
        name="x",
        priority=100,
        direction="Inbound",
        access="Allow",
        protocol="*",
        source_address_prefix="*",
        source_port_range="*",
        destination_address_prefix="*",
        destination_port_range="*",
        resource_group_name=cell.ref("group", "name"),
        network_security_group_name=cell.ref("runtimes group", "name"),
    ),
    "subnet without its group": drop("runtimes guard"),
    "endpoints without their group": drop("endpoints guard"),
    "no instance of the group's tie": none("runtimes guard"),
    "group of somebody else": at(
        "runtimes guard",
        "network_security_group_id",
        f"{OURS}/Microsoft.Network/networkSecurityGroups/open",
    ),
    "group tied to another subnet": at(
        "runtimes guard", "subnet_id", f"{FOREIGN_NETWORK}/subnets/s"
    ),
    "translation to the inside": put(
        "names",
        "nat_rule_collection",
        {
            "name": "x",
            "priority": 300,
            "action": "Dnat",
            "rule": [
                {
                    "name": "x",
                    "protocols": ["TCP"],
                    "source_addresses": ["*"],
                    "destination_address": "203.0.113.9",
                    "destination_ports": ["443"],
                    "translated_address": "10.16.48.4",
                    "translated_port": 443,
                }
            ],
        },
    ),
    "endpoint with no guard": at(
        "endpoints subnet", "private_endpoint_network_policies", "Disabled"
    ),
    "endpoint with no guard, with nothing said": at(
        "endpoints subnet", "private_endpoint_network_policies", None
    ),
    "service for others": add(
        "azurerm_private_link_service",
        **_NEW,
        visibility_subscription_ids=["*"],
        auto_approval_subscription_ids=["*"],
        load_balancer_frontend_ip_configuration_ids=["f"],
        nat_ip_configuration=[{"name": "n", "primary": True, "subnet_id": "s"}],
    ),
}

WAYS_OUT: dict[str, Edit] = {
    "anywhere": outward(peer="*", protocol="*", destination_port_range="*"),
    "the internet on every port": outward(peer="Internet", destination_port_range="*"),
    "the internet in clear text": outward(peer="Internet", destination_port_range="80"),
    "the internet on every protocol": outward(peer="Internet", protocol="*"),
    "the internet by UDP": outward(peer="Internet", protocol="Udp"),
    "the internet on a range": outward(peer="Internet", destination_port_range="443-8443"),
    "the internet on more ports": outward(
        peer="Internet", destination_port_range=None, destination_port_ranges=["443", "22"]
    ),
    "everything by HTTPS": outward(peer="0.0.0.0/0"),
    "an address": outward(peer="203.0.113.5"),
    "a list of addresses": outward(peer=["203.0.113.0/24", "198.51.100.0/24"]),
    "another cell": outward(peer="10.16.0.0/20"),
    "the cloud": outward(peer="AzureCloud"),
    "the cloud elsewhere": outward(peer="AzureCloud.eastus"),
    "everybody's blobs": outward(peer="Storage"),
    "everybody's blobs in the region": outward(peer="Storage.UKSouth"),
    "everybody's blobs elsewhere": outward(peer="storage.eastus"),
    "databases": outward(peer="Sql", destination_port_range="1433"),
    "monitoring": outward(peer="AzureMonitor"),
    "everybody's buses": outward(peer="ServiceBus"),
    "what is tied to the network": outward(peer="VirtualNetwork"),
    "another's names": outward(peer="203.0.113.53", protocol="Udp", destination_port_range="53"),
    "the host's other services": changed(
        "dns-out", destination_port_ranges=None, destination_port_range="*"
    ),
    "declared names on every port": changed(
        "declared-out", destination_port_ranges=None, destination_port_range="*"
    ),
    "declared names by every protocol": changed("declared-out", protocol="*"),
    "platform on every port": changed("platform-2-out", destination_port_ranges=["1-65535"]),
    "another platform": changed("platform-1-out", destination_address_prefix="AzureFrontDoor"),
    "out of the endpoints": rule(
        "endpoints group", direction="Outbound", destination_address_prefix="Internet"
    ),
    "no last refusal": without("deny-all-out"),
    "last refusal of one protocol": _deny("out", protocol="Udp"),
    "last refusal to some": _deny("out", destination_address_prefix="10.0.0.0/8"),
    "names that nobody declares any more": _undeclare,
    "route to the internet": at(
        "routes",
        "route",
        [{"name": "out", "address_prefix": "0.0.0.0/0", "next_hop_type": "Internet"}],
    ),
    "route to the internet in small letters": _route(
        address_prefix="203.0.113.0/24", next_hop_type="internet"
    ),
    "one more route to the internet": _route(
        address_prefix="203.0.113.0/24", next_hop_type="Internet"
    ),
    "routes by halves": lambda cell: cell.put(
        "routes",
        "route",
        {"name": "a", "address_prefix": "0.0.0.0/1", "next_hop_type": "Internet"},
        {"name": "b", "address_prefix": "128.0.0.0/1", "next_hop_type": "Internet"},
    ),
    "route of version six": _route(address_prefix="::/0", next_hop_type="Internet"),
    "route to everybody's blobs": _route(address_prefix="Storage", next_hop_type="Internet"),
    "route to the cloud": _route(address_prefix="AzureCloud.uksouth", next_hop_type="Internet"),
    "route to a gateway": _route(address_prefix="0.0.0.0/0", next_hop_type="VirtualNetworkGateway"),
    "route to a machine": _route(
        address_prefix="203.0.113.0/24",
        next_hop_type="VirtualAppliance",
        next_hop_in_ip_address="10.16.49.9",
    ),
    "route to a machine elsewhere": at(
        "routes",
        "route",
        [
            {
                "name": "out",
                "address_prefix": "0.0.0.0/0",
                "next_hop_type": "VirtualAppliance",
                "next_hop_in_ip_address": "10.99.0.4",
            }
        ],
    ),
    "route past the firewall": at("routes", "route", []),
    "route beside the table": lambda cell: cell.add(
        "azurerm_route",
        "added",
        name="x",
        resource_group_name=cell.ref("group", "name"),
        route_table_name=cell.ref("routes", "name"),
        address_prefix="0.0.0.0/0",
        next_hop_type="Internet",
    ),
    "routes that neighbours tell": at("routes", "bgp_route_propagation_enabled", True),
    "routes that neighbours tell, with nothing said": at(
        "routes", "bgp_route_propagation_enabled", None
    ),
    "subnet without its routes": drop("routes guard"),
    "no instance of the routes' tie": none("routes guard"),
    "routes of somebody else": at(
        "routes guard", "route_table_id", f"{OURS}/Microsoft.Network/routeTables/open"
    ),
    "way out by default": at("runtimes subnet", "default_outbound_access_enabled", True),
    "way out by default, with nothing said": at(
        "runtimes subnet", "default_outbound_access_enabled", None
    ),
    "way out by default of the endpoints": at(
        "endpoints subnet", "default_outbound_access_enabled", True
    ),
    "straight way to everybody's blobs": at(
        "runtimes subnet", "service_endpoints", ["Microsoft.Storage"]
    ),
    "straight way to everybody's vaults": at(
        "runtimes subnet", "service_endpoints", ["Microsoft.KeyVault", "Microsoft.Sql"]
    ),
    "straight way by a strange policy": at(
        "runtimes subnet",
        "service_endpoint_policy_ids",
        [f"{THEIRS}/Microsoft.Network/serviceEndpointPolicies/p"],
    ),
    "translator": add("azurerm_nat_gateway", **_NEW, sku_name="Standard"),
    "subnet with a translator": lambda cell: cell.add(
        "azurerm_subnet_nat_gateway_association",
        "added",
        subnet_id=cell.ref("runtimes subnet", "id"),
        nat_gateway_id=f"{OURS}/Microsoft.Network/natGateways/n",
    ),
    "any name": at("names", f"{_NAMES}.destination_fqdns", ["*"]),
    "any name below a declared one's parent": at(
        "names", f"{_NAMES}.destination_fqdns", ["*.github.com"]
    ),
    "any name that ends as a declared one": at(
        "names", f"{_NAMES}.destination_fqdns", ["*api.github.com"]
    ),
    "any name of a kind": at("names", f"{_NAMES}.destination_fqdns", ["*.azurewebsites.net"]),
    "undeclared name": at("names", f"{_NAMES}.destination_fqdns", ["evil.example"]),
    "undeclared name in capitals": at("names", f"{_NAMES}.destination_fqdns", ["EVIL.EXAMPLE"]),
    "one more undeclared name": put("names", f"{_NAMES}.destination_fqdns", "evil.example"),
    "name that begins as a declared one": put(
        "names", f"{_NAMES}.destination_fqdns", "api.github.com.evil.example"
    ),
    "one more name of the platform": put(
        "names",
        "application_rule_collection.1.rule.0.destination_fqdns",
        "*.blob.core.windows.net",
    ),
    "more names of the platform": put(
        "names", "application_rule_collection.1.rule.0.destination_fqdns", "*.microsoft.com"
    ),
    "platform's name that is the internet": at(
        "names", "application_rule_collection.1.rule.0.destination_fqdns", ["*"]
    ),
    "one more collection": _collection(
        "application", destination_fqdns=["*"], protocols=[{"port": 443, "type": "Https"}]
    ),
    "names by tags": at("names", f"{_NAMES}.destination_fqdn_tags", ["WindowsUpdate"]),
    "names by kinds of pages": at("names", f"{_NAMES}.web_categories", ["SocialNetworking"]),
    "names by addresses of pages": at("names", f"{_NAMES}.destination_urls", ["evil.example/*"]),
    "names by addresses": at("names", f"{_NAMES}.destination_addresses", ["203.0.113.0/24"]),
    "declared name in clear text": at(
        "names", f"{_NAMES}.protocols", [{"port": 80, "type": "Http"}]
    ),
    "declared name on another port": at(
        "names", f"{_NAMES}.protocols", [{"port": 8443, "type": "Https"}]
    ),
    "declared name on more ports": put(
        "names", f"{_NAMES}.protocols", {"port": 1433, "type": "Mssql"}
    ),
    "declared name for everyone": at("names", f"{_NAMES}.source_addresses", ["*"]),
    "declared name for a group of addresses": at(
        "names", f"{_NAMES}.source_ip_groups", [f"{THEIRS}/Microsoft.Network/ipGroups/g"]
    ),
    "traffic read on its way": at("names", f"{_NAMES}.terminate_tls", True),
    "rules by address": _collection(
        "network", protocols=["Any"], destination_addresses=["*"], destination_ports=["*"]
    ),
    "rules by address for HTTPS": _collection(
        "network", protocols=["TCP"], destination_addresses=["0.0.0.0/0"], destination_ports=["443"]
    ),
    "rules by address for a name": _collection(
        "network",
        protocols=["TCP"],
        destination_fqdns=["evil.example"],
        destination_ports=["443"],
    ),
    "rules by address for a tag": _collection(
        "network", protocols=["TCP"], destination_addresses=["Storage"], destination_ports=["443"]
    ),
    "rules for another firewall": at(
        "names", "firewall_policy_id", f"{THEIRS}/Microsoft.Network/firewallPolicies/p"
    ),
    "one more group of rules": lambda cell: cell.add(
        "azurerm_firewall_policy_rule_collection_group",
        "added",
        name="x",
        firewall_policy_id=cell.ref("firewall policy", "id"),
        priority=50,
        application_rule_collection=[
            {
                "name": "x",
                "priority": 100,
                "action": "Allow",
                "rule": [
                    _inner(
                        destination_fqdns=["evil.example"],
                        protocols=[{"port": 443, "type": "Https"}],
                    )
                ],
            }
        ],
    ),
    "no group of rules, and a classic one": lambda cell: cell.add(
        "azurerm_firewall_network_rule_collection",
        "added",
        name="x",
        azure_firewall_name=cell.ref("firewall", "name"),
        resource_group_name=cell.ref("group", "name"),
        priority=100,
        action="Allow",
        rule=[_inner(destination_addresses=["*"], destination_ports=["*"], protocols=["Any"])],
    ),
    "firewall under another policy": at(
        "firewall", "firewall_policy_id", f"{THEIRS}/Microsoft.Network/firewallPolicies/p"
    ),
    "firewall under no policy": at("firewall", "firewall_policy_id", None),
    "firewall in a hub": at(
        "firewall", "virtual_hub", {"virtual_hub_id": f"{THEIRS}/Microsoft.Network/virtualHubs/h"}
    ),
    "firewall with another's names": at("firewall", "dns_servers", ["203.0.113.53"]),
    "firewall with another's address": put(
        "firewall",
        "ip_configuration",
        {
            "name": "x",
            "public_ip_address_id": f"{THEIRS}/Microsoft.Network/publicIPAddresses/a",
        },
    ),
    "policy of others below it": at(
        "firewall policy", "base_policy_id", f"{THEIRS}/Microsoft.Network/firewallPolicies/p"
    ),
    "policy that lets known threats by": at("firewall policy", "threat_intelligence_mode", "Off"),
    "policy that only tells of threats": at("firewall policy", "threat_intelligence_mode", "Alert"),
    "policy that only tells of threats, with nothing said": at(
        "firewall policy", "threat_intelligence_mode", None
    ),
    "policy that lets a threat by": at(
        "firewall policy", "threat_intelligence_allowlist", {"fqdns": ["evil.example"]}
    ),
    "policy with another's names": at(
        "firewall policy", "dns", {"proxy_enabled": True, "servers": ["203.0.113.53"]}
    ),
    "policy with a proxy": at(
        "firewall policy",
        "explicit_proxy",
        {"enabled": True, "http_port": 8080, "pac_file": "https://evil.example/p?sig=x"},
    ),
    "policy with a certificate": at(
        "firewall policy",
        "tls_certificate",
        {"name": "c", "key_vault_secret_id": "https://theirs.vault.azure.net/secrets/c"},
    ),
    "policy that tells others": at(
        "firewall policy",
        "insights",
        {"enabled": True, "default_log_analytics_workspace_id": FOREIGN_WORKSPACE},
    ),
}

TIES: dict[str, Edit] = {
    "network of others' range": at("network", "address_space", ["10.0.0.0/8"]),
    "network with one more range": put("network", "address_space", "10.200.0.0/16"),
    "network with a subnet inside": at(
        "network",
        "subnet",
        [{"name": "x", "address_prefixes": ["10.16.56.0/24"], "security_group": None}],
    ),
    "network with another's names": at("network", "dns_servers", ["203.0.113.53"]),
    "network of a pool": at(
        "network",
        "ip_address_pool",
        [
            {
                "id": f"{THEIRS}/Microsoft.Network/networkManagers/m/ipamPools/p",
                "number_of_ip_addresses": "256",
            }
        ],
    ),
    "names beside the network": lambda cell: cell.add(
        "azurerm_virtual_network_dns_servers",
        "added",
        virtual_network_id=cell.ref("network", "id"),
        dns_servers=["203.0.113.53"],
    ),
    "subnet of others' range": at("runtimes subnet", "address_prefixes", ["10.200.0.0/24"]),
    "subnet of another network": at("runtimes subnet", "virtual_network_name", "theirs"),
    "subnet of another group": at("runtimes subnet", "resource_group_name", "theirs"),
    "subnet that is shared": at("runtimes subnet", "sharing_scope", "DelegatedServices"),
    "subnet for another service": at(
        "runtimes subnet",
        "delegation.0.service_delegation.name",
        "Microsoft.ContainerInstance/containerGroups",
    ),
    "one more subnet": lambda cell: cell.add(
        "azurerm_subnet",
        "added",
        name="more",
        resource_group_name=cell.ref("group", "name"),
        virtual_network_name=cell.ref("network", "name"),
        address_prefixes=["10.16.56.0/24"],
        default_outbound_access_enabled=False,
    ),
    "subnet for a gateway": lambda cell: cell.add(
        "azurerm_subnet",
        "added",
        name="GatewaySubnet",
        resource_group_name=cell.ref("group", "name"),
        virtual_network_name=cell.ref("network", "name"),
        address_prefixes=["10.16.61.0/26"],
        default_outbound_access_enabled=False,
    ),
    "one more network": add("azurerm_virtual_network", **_NEW, address_space=["10.16.48.0/20"]),
    "peering": lambda cell: cell.add(
        "azurerm_virtual_network_peering",
        "added",
        name="p",
        resource_group_name=cell.ref("group", "name"),
        virtual_network_name=cell.ref("network", "name"),
        remote_virtual_network_id=FOREIGN_NETWORK,
        allow_forwarded_traffic=True,
    ),
    "gateway": add("azurerm_virtual_network_gateway", **_NEW, type="Vpn", sku="VpnGw1AZ"),
    "gateway of others": add(
        "azurerm_local_network_gateway", **_NEW, gateway_address="203.0.113.5"
    ),
    "tunnel": add(
        "azurerm_virtual_network_gateway_connection", **_NEW, type="IPsec", shared_key="hunter2"
    ),
    "leased line": add("azurerm_express_route_circuit", **_NEW),
    "hub": add("azurerm_virtual_hub", **_NEW, address_prefix="10.99.0.0/24"),
    "tie to a hub": lambda cell: cell.add(
        "azurerm_virtual_hub_connection",
        "added",
        name="c",
        virtual_hub_id=f"{THEIRS}/Microsoft.Network/virtualHubs/h",
        remote_virtual_network_id=cell.ref("network", "id"),
    ),
    "manager of networks": add("azurerm_network_manager", **_NEW),
    "card in the network": lambda cell: cell.add(
        "azurerm_network_interface",
        "added",
        **_NEW,
        ip_configuration=[
            {
                "name": "i",
                "subnet_id": cell.ref("runtimes subnet", "id"),
                "private_ip_address_allocation": "Dynamic",
            }
        ],
    ),
    "resolver": lambda cell: cell.add(
        "azurerm_private_dns_resolver",
        "added",
        **_NEW,
        virtual_network_id=cell.ref("network", "id"),
    ),
    "rules of a resolver": add(
        "azurerm_private_dns_resolver_forwarding_rule",
        name="r",
        dns_forwarding_ruleset_id="r",
        domain_name=".",
        target_dns_servers=[{"ip_address": "203.0.113.53", "port": 53}],
    ),
    "environment in a strange subnet": at(
        "environment", "infrastructure_subnet_id", f"{FOREIGN_NETWORK}/subnets/s"
    ),
    "environment in no subnet": at("environment", "infrastructure_subnet_id", None),
    "environment in the endpoints' subnet": lambda cell: cell.at(
        "environment", "infrastructure_subnet_id", cell.ref("endpoints subnet", "id")
    ),
    "endpoint in a strange subnet": at("endpoint", "subnet_id", f"{FOREIGN_NETWORK}/subnets/s"),
    "endpoint named elsewhere": at(
        "endpoint",
        "private_dns_zone_group.private_dns_zone_ids",
        [f"{THEIRS}/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net"],
    ),
    "zone of a declared name": at("zone", "name", "api.github.com"),
    "zone of the login": at("zone", "name", "login.microsoftonline.com"),
    "zone of a stranger": at("zone", "name", "evil.example"),
    "zone of a look-alike": at("zone", "name", "privatelink.blob.core.windows.net.evil.example"),
    "one more zone": add("azurerm_private_dns_zone", name="vault.uk.acme.example"),
    "zone tied to a strange network": at("zone link", "virtual_network_id", FOREIGN_NETWORK),
    "zone that is not the stack's": at("zone link", "private_dns_zone_name", "evil.example"),
    "zone that machines enter": at("zone link", "registration_enabled", True),
    "zone that falls back to the internet": at(
        "zone link", "resolution_policy", "NxDomainRedirect"
    ),
    "record to the web": lambda cell: cell.add(
        "azurerm_private_dns_a_record",
        "added",
        name="acmestoreint",
        zone_name=cell.ref("zone", "name"),
        resource_group_name=cell.ref("group", "name"),
        ttl=60,
        records=["203.0.113.5"],
    ),
    "record to a name": lambda cell: cell.add(
        "azurerm_private_dns_cname_record",
        "added",
        name="*",
        zone_name=cell.ref("zone", "name"),
        resource_group_name=cell.ref("group", "name"),
        ttl=60,
        record="evil.example",
    ),
    "zone for the world": add("azurerm_dns_zone", name="x.evil.example", resource_group_name="g"),
    "record for the world": add(
        "azurerm_dns_txt_record", name="x", zone_name="evil.example", resource_group_name="g"
    ),
}
