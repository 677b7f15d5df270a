"""Which names the cell can resolve: a name that cannot be resolved carries no data out."""

from cdktf_cdktf_provider_aws.route53_resolver_firewall_config import Route53ResolverFirewallConfig
from cdktf_cdktf_provider_aws.route53_resolver_firewall_domain_list import (
    Route53ResolverFirewallDomainList,
)
from cdktf_cdktf_provider_aws.route53_resolver_firewall_rule import Route53ResolverFirewallRule
from cdktf_cdktf_provider_aws.route53_resolver_firewall_rule_group import (
    Route53ResolverFirewallRuleGroup,
)
from cdktf_cdktf_provider_aws.route53_resolver_firewall_rule_group_association import (
    Route53ResolverFirewallRuleGroupAssociation,
)
from constructs import Construct

from agent_studio.constructs.aws.network import services
from agent_studio.constructs.aws.network.egress import egress_names, vault_through_firewall
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.model import Cell
from agent_studio.estate.names import aws as names


class DnsFirewall(Construct):
    """Route 53 Resolver answers for the cell's endpoints, declared names and Vault, for none else.

    Names that an admitted name is an alias of (CNAME, DNAME) are trusted with it. Should the
    firewall itself fail, queries are refused.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        vpc_id: the VPC.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, vpc_id: str) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        vault = vault_through_firewall(cell)
        admitted = Route53ResolverFirewallDomainList(
            self,
            "admitted",
            name=names.label(place, "admitted", limit=64),
            domains=absolute(
                *services.domains(cell), *egress_names(cell), *([vault.host] if vault else [])
            ),
            tags=tags(names.label(place, "admitted", limit=64)),
        )
        others = Route53ResolverFirewallDomainList(
            self,
            "others",
            name=names.label(place, "others", limit=64),
            domains=absolute("*"),
            tags=tags(names.label(place, "others", limit=64)),
        )
        group = Route53ResolverFirewallRuleGroup(
            self,
            "rules",
            name=names.label(place, "names", limit=64),
            tags=tags(names.label(place, "names", limit=64)),
        )
        admit = Route53ResolverFirewallRule(
            self,
            "admit",
            name="admit",
            action="ALLOW",
            priority=100,
            firewall_rule_group_id=group.id,
            firewall_domain_list_id=admitted.id,
            firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
        )
        refuse = Route53ResolverFirewallRule(
            self,
            "refuse",
            name="refuse",
            action="BLOCK",
            block_response="NXDOMAIN",
            priority=200,
            firewall_rule_group_id=group.id,
            firewall_domain_list_id=others.id,
        )
        Route53ResolverFirewallConfig(
            self, "fail-closed", resource_id=vpc_id, firewall_fail_open="DISABLED"
        )
        Route53ResolverFirewallRuleGroupAssociation(
            self,
            "association",
            name=names.label(place, "names", limit=64),
            firewall_rule_group_id=group.id,
            vpc_id=vpc_id,
            priority=200,
            mutation_protection="DISABLED",
            tags=tags(names.label(place, "names", limit=64)),
            # Its refusal must never stand without what it admits.
            depends_on=[admit, refuse],
        )


def absolute(*domains: str) -> list[str]:
    """Give names as Route 53 Resolver gives them back, with the root's dot; each once, in order.

    >>> absolute("b.example", "a.example", "b.example")
    ['a.example.', 'b.example.']
    """
    return sorted({f"{name.rstrip('.')}." for name in domains})
