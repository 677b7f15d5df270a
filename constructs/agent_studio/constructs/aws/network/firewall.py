"""AWS Network Firewall that admits TLS to the declared names and to Vault, and nothing else."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.networkfirewall_firewall import (
    NetworkfirewallFirewall,
    NetworkfirewallFirewallEncryptionConfiguration,
    NetworkfirewallFirewallSubnetMapping,
)
from cdktf_cdktf_provider_aws.networkfirewall_firewall_policy import (
    NetworkfirewallFirewallPolicy,
    NetworkfirewallFirewallPolicyEncryptionConfiguration,
    NetworkfirewallFirewallPolicyFirewallPolicy,
    NetworkfirewallFirewallPolicyFirewallPolicyStatefulEngineOptions,
    NetworkfirewallFirewallPolicyFirewallPolicyStatefulRuleGroupReference,
)
from cdktf_cdktf_provider_aws.networkfirewall_logging_configuration import (
    NetworkfirewallLoggingConfiguration,
    NetworkfirewallLoggingConfigurationLoggingConfiguration,
    NetworkfirewallLoggingConfigurationLoggingConfigurationLogDestinationConfig,
)
from cdktf_cdktf_provider_aws.networkfirewall_rule_group import (
    NetworkfirewallRuleGroup,
    NetworkfirewallRuleGroupEncryptionConfiguration,
    NetworkfirewallRuleGroupRuleGroup,
    NetworkfirewallRuleGroupRuleGroupRulesSource,
    NetworkfirewallRuleGroupRuleGroupRulesSourceRulesSourceListStruct,
    NetworkfirewallRuleGroupRuleGroupStatefulRuleOptions,
)
from constructs import Construct

from agent_studio.constructs.aws.network.egress import (
    firewall_targets,
    vault_through_firewall,
)
from agent_studio.constructs.aws.network.flow_logs import RETENTION_DAYS
from agent_studio.constructs.aws.network.vault_rules import VAULT_CAPACITY, vault_rules
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names

CAPACITY = 10_000
"""Rule capacity, fixed for the group's life and free of charge: a domain list takes up to three a
name; a policy holds 30,000 (Network Firewall Developer Guide, "Setting rule group capacity")."""

_STRICT = "STRICT_ORDER"
_CMK = "CUSTOMER_KMS"


class DomainFirewall(Construct):
    """TLS server names in strict order, Vault's on its own port; all else is dropped and logged.

    What it cannot see: it reads the name that a client claims (SNI) and does not decrypt, so a
    client that already knows an address outside could claim an admitted name to it. The list holds
    for the cell as a whole; which runtime reaches the firewall at all is up to its security group.

    Args:
        scope: the internet path.
        id_: the id within it.
        cell: the cell.
        vpc_id: the VPC.
        subnet_ids: one firewall subnet for each zone.
        key_arn: the key that encrypts the rules and the log.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        vpc_id: str,
        subnet_ids: Sequence[str],
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        name = names.label(place, "egress", limit=128)
        self._key_arn = key_arn
        # Vault's rules go first: they hold ports, which the list after them can't.
        groups = []
        vault = vault_through_firewall(cell)
        if vault:
            groups.append(
                self._group(
                    "vault",
                    name=names.label(place, "vault", limit=128),
                    capacity=VAULT_CAPACITY,
                    description=f"The Vault cluster of {cell.jurisdiction}",
                    source=NetworkfirewallRuleGroupRuleGroupRulesSource(
                        rules_string=vault_rules(cell.network, vault)
                    ),
                )
            )
        if firewall_targets(cell):
            groups.append(
                self._group(
                    "names",
                    name=name,
                    capacity=CAPACITY,
                    description=f"Names that the runtimes of {cell.id} declare",
                    source=NetworkfirewallRuleGroupRuleGroupRulesSource(
                        rules_source_list=NetworkfirewallRuleGroupRuleGroupRulesSourceRulesSourceListStruct(
                            generated_rules_type="ALLOWLIST",
                            # No HTTP_HOST: plain HTTP leaves no cell.
                            target_types=["TLS_SNI"],
                            targets=list(firewall_targets(cell)),
                        )
                    ),
                )
            )
        policy = NetworkfirewallFirewallPolicy(
            self,
            "policy",
            name=name,
            encryption_configuration=NetworkfirewallFirewallPolicyEncryptionConfiguration(
                type=_CMK, key_id=key_arn
            ),
            firewall_policy=NetworkfirewallFirewallPolicyFirewallPolicy(
                stateless_default_actions=["aws:forward_to_sfe"],
                stateless_fragment_default_actions=["aws:drop"],
                stateful_engine_options=(
                    NetworkfirewallFirewallPolicyFirewallPolicyStatefulEngineOptions(
                        rule_order=_STRICT, stream_exception_policy="DROP"
                    )
                ),
                # Established: the name stands in the first packet after the TCP handshake.
                stateful_default_actions=["aws:drop_established", "aws:alert_established"],
                stateful_rule_group_reference=[
                    NetworkfirewallFirewallPolicyFirewallPolicyStatefulRuleGroupReference(
                        priority=priority, resource_arn=each.arn
                    )
                    for priority, each in enumerate(groups, start=1)
                ],
            ),
            tags=tags(name),
        )
        self.firewall = NetworkfirewallFirewall(
            self,
            "firewall",
            name=name,
            firewall_policy_arn=policy.arn,
            vpc_id=vpc_id,
            subnet_mapping=[
                NetworkfirewallFirewallSubnetMapping(subnet_id=each) for each in subnet_ids
            ],
            encryption_configuration=NetworkfirewallFirewallEncryptionConfiguration(
                type=_CMK, key_id=key_arn
            ),
            # A cell whose last runtime gives up its egress loses its firewall; without one the
            # routes lead nowhere, so its loss closes the way out.
            delete_protection=False,
            tags=tags(name),
        )
        group_name = names.log_group(place, "network-firewall")
        group = CloudwatchLogGroup(
            self,
            "log",
            name=group_name,
            retention_in_days=RETENTION_DAYS,
            kms_key_id=key_arn,
            tags=tags(group_name),
        )
        NetworkfirewallLoggingConfiguration(
            self,
            "logging",
            firewall_arn=self.firewall.arn,
            logging_configuration=NetworkfirewallLoggingConfigurationLoggingConfiguration(
                log_destination_config=[
                    NetworkfirewallLoggingConfigurationLoggingConfigurationLogDestinationConfig(
                        log_type="ALERT",
                        log_destination_type="CloudWatchLogs",
                        log_destination={"logGroup": group.name},
                    )
                ]
            ),
        )

    def _group(
        self,
        id_: str,
        *,
        name: str,
        capacity: int,
        description: str,
        source: NetworkfirewallRuleGroupRuleGroupRulesSource,
    ) -> NetworkfirewallRuleGroup:
        return NetworkfirewallRuleGroup(
            self,
            id_,
            name=name,
            type="STATEFUL",
            capacity=capacity,
            description=description,
            encryption_configuration=NetworkfirewallRuleGroupEncryptionConfiguration(
                type=_CMK, key_id=self._key_arn
            ),
            rule_group=NetworkfirewallRuleGroupRuleGroup(
                stateful_rule_options=NetworkfirewallRuleGroupRuleGroupStatefulRuleOptions(
                    rule_order=_STRICT
                ),
                rules_source=source,
            ),
            tags=tags(name),
        )
