"""Azure Firewall that admits TLS to declared names, the platform's and Vault, and nothing else."""

from cdktf_cdktf_provider_azurerm.firewall import Firewall, FirewallIpConfiguration
from cdktf_cdktf_provider_azurerm.firewall_policy import FirewallPolicy
from cdktf_cdktf_provider_azurerm.firewall_policy_rule_collection_group import (
    FirewallPolicyRuleCollectionGroup,
    FirewallPolicyRuleCollectionGroupApplicationRuleCollection,
    FirewallPolicyRuleCollectionGroupApplicationRuleCollectionRule,
    FirewallPolicyRuleCollectionGroupApplicationRuleCollectionRuleProtocols,
)
from cdktf_cdktf_provider_azurerm.public_ip import PublicIp
from cdktf_cdktf_provider_azurerm.subnet import Subnet
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.keys import CellKeys
from agent_studio.constructs.azure.network.addresses import Addresses
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.azure.workspace import log_everything
from agent_studio.constructs.azure.zones import zones
from agent_studio.constructs.vault_host import vault_host
from agent_studio.estate.endpoint import HTTPS
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

PLATFORM_NAMES = (
    "*.data.mcr.microsoft.com",
    "*.identity.azure.net",
    "*.login.microsoft.com",
    "*.login.microsoftonline.com",
    "acs-mirror.azureedge.net",
    "login.microsoftonline.com",
    "mcr.microsoft.com",
    "packages.aks.azure.com",
)
"""What the environment itself needs once its subnet's way out is the firewall (Azure Container
Apps, "Integrate with Azure Firewall", application rules for all scenarios and for managed
identities)."""


class NameFirewall(Construct):
    """A firewall whose policy lists TLS server names; all else is refused, which is its default.

    It does not decrypt (that is Premium's alone): it reads the name that a client claims, so a
    client that knows an address outside could claim an admitted name to it.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        keys: the cell's keys, under one of which its decisions are logged.
        network_name: the virtual network's name.
        addresses: the cell's ranges.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,
        network_name: str,
        addresses: Addresses,
    ) -> None:
        super().__init__(scope, id_)
        group, region = CellGroup.of(self, cell=cell).name, cell.region.name
        name = names.label(cell.scope, "egress", limit=50)
        subnet = Subnet(
            self,
            "subnet",
            # Azure Firewall takes a subnet of this name alone.
            name="AzureFirewallSubnet",
            resource_group_name=group,
            virtual_network_name=network_name,
            address_prefixes=[str(addresses.firewall)],
            default_outbound_access_enabled=False,
        )
        address = PublicIp(
            self,
            "address",
            name=name,
            location=region,
            resource_group_name=group,
            allocation_method="Static",
            sku="Standard",
            zones=zones(cell.region.name),
            tags=tags(cell, "egress"),
        )
        policy = FirewallPolicy(
            self,
            "policy",
            name=name,
            location=region,
            resource_group_name=group,
            sku="Standard",
            threat_intelligence_mode="Deny",
            tags=tags(cell, "egress"),
        )
        vault = vault_host(cell)
        declared = sorted({each.lower() for one in cell.runtimes for each in one.egress})
        rules = FirewallPolicyRuleCollectionGroup(
            self,
            "names",
            name=name,
            firewall_policy_id=policy.id,
            priority=100,
            application_rule_collection=[
                _collection(name, priority, targets, addresses, port=port)
                for name, priority, targets, port in (
                    ("declared", 100, declared, HTTPS),
                    ("platform", 200, list(PLATFORM_NAMES), HTTPS),
                    ("vault", 300, [vault.host] if vault else [], vault.port if vault else HTTPS),
                )
                if targets
            ],
        )
        firewall = Firewall(
            self,
            "firewall",
            name=name,
            location=region,
            resource_group_name=group,
            sku_name="AZFW_VNet",
            sku_tier="Standard",
            firewall_policy_id=policy.id,
            zones=zones(cell.region.name),
            ip_configuration=[
                FirewallIpConfiguration(
                    name="egress", subnet_id=subnet.id, public_ip_address_id=address.id
                )
            ],
            tags=tags(cell, "egress"),
            depends_on=[rules],
        )
        self.private_address: str = firewall.ip_configuration.get(0).private_ip_address
        """Where the runtimes' routes lead."""
        log_everything(self, "logging", cell=cell, keys=keys, target=firewall.id)


def _collection(
    name: str, priority: int, targets: list[str], addresses: Addresses, *, port: int
) -> FirewallPolicyRuleCollectionGroupApplicationRuleCollection:
    return FirewallPolicyRuleCollectionGroupApplicationRuleCollection(
        name=name,
        priority=priority,
        action="Allow",
        rule=[
            FirewallPolicyRuleCollectionGroupApplicationRuleCollectionRule(
                name=name,
                source_addresses=[str(addresses.runtimes)],
                destination_fqdns=targets,
                protocols=[
                    FirewallPolicyRuleCollectionGroupApplicationRuleCollectionRuleProtocols(
                        type="Https", port=port
                    )
                ],
            )
        ],
    )
