"""Who may connect to what: the network's firewall policy.

A VPC of its own admits everything outwards (VPC, "Implied rules"), so the policy ends by denying
everything both ways. Addresses of Google's metadata server, DNS among them, are outside of every
firewall's reach (VPC, "Always allowed traffic").
"""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.compute_region_network_firewall_policy import (
    ComputeRegionNetworkFirewallPolicy,
)
from cdktf_cdktf_provider_google.compute_region_network_firewall_policy_association import (
    ComputeRegionNetworkFirewallPolicyAssociation,
)
from cdktf_cdktf_provider_google.compute_region_network_firewall_policy_rule import (
    ComputeRegionNetworkFirewallPolicyRule,
    ComputeRegionNetworkFirewallPolicyRuleMatch,
    ComputeRegionNetworkFirewallPolicyRuleMatchLayer4Configs,
)
from constructs import Construct

from agent_studio.constructs.gcp.network.egress import NAMES_PER_RULE
from agent_studio.constructs.gcp.network.services import RESTRICTED_RANGE
from agent_studio.estate import Scope
from agent_studio.estate.endpoint import HTTPS, Endpoint
from agent_studio.estate.names import gcp as names

ANYWHERE = "0.0.0.0/0"

GOOGLE_SERVICES, INSIDE, VAULT, DECLARED_NAMES = 1000, 1500, 1900, 2000
DENY_OUT, DENY_IN = 65000, 65001
"""Priorities; the lowest number decides first."""


class Firewall(Construct):
    """A regional firewall policy on the VPC: what is declared, then nothing.

    Args:
        scope: the network.
        id_: the id within the network.
        place: the stack's place.
        network_id: the VPC.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, network_id: str) -> None:
        super().__init__(scope, id_)
        self._place = place
        policy = ComputeRegionNetworkFirewallPolicy(
            self,
            "policy",
            name=names.label(place, "firewall"),
            description=f"What {place.stack} may connect to",
            region=place.region,
        )
        self._policy = policy.name
        self._rule(
            "google-services",
            priority=GOOGLE_SERVICES,
            direction="EGRESS",
            action="allow",
            match=ComputeRegionNetworkFirewallPolicyRuleMatch(
                dest_ip_ranges=[RESTRICTED_RANGE], layer4_configs=[_https()]
            ),
        )
        self._rule(
            "deny-out",
            priority=DENY_OUT,
            direction="EGRESS",
            action="deny",
            match=ComputeRegionNetworkFirewallPolicyRuleMatch(
                dest_ip_ranges=[ANYWHERE], layer4_configs=[_everything()]
            ),
        )
        self._rule(
            "deny-in",
            priority=DENY_IN,
            direction="INGRESS",
            action="deny",
            match=ComputeRegionNetworkFirewallPolicyRuleMatch(
                src_ip_ranges=[ANYWHERE], layer4_configs=[_everything()]
            ),
        )
        ComputeRegionNetworkFirewallPolicyAssociation(
            self,
            "association",
            name=names.label(place, "firewall"),
            region=place.region,
            firewall_policy=policy.name,
            attachment_target=network_id,
        )

    def admit(self, declared: Sequence[str], *, source: str) -> None:
        """Admit TLS to the declared names, from one subnet's addresses alone.

        Args:
            declared: DNS names, none with a wildcard.
            source: the range of the subnet.
        """
        for number, start in enumerate(range(0, len(declared), NAMES_PER_RULE)):
            self._rule(
                f"declared-{number}",
                priority=DECLARED_NAMES + number,
                direction="EGRESS",
                action="allow",
                match=ComputeRegionNetworkFirewallPolicyRuleMatch(
                    src_ip_ranges=[source],
                    dest_fqdns=list(declared[start : start + NAMES_PER_RULE]),
                    layer4_configs=[_https()],
                ),
            )

    def admit_vault(self, vault: Endpoint, *, sources: Sequence[str]) -> None:
        """Admit connections to Vault's host on its port, and on no other.

        Args:
            vault: host and port of the Vault cluster.
            sources: the ranges of the subnets that runtimes lie in.
        """
        self._rule(
            "vault",
            priority=VAULT,
            direction="EGRESS",
            action="allow",
            match=ComputeRegionNetworkFirewallPolicyRuleMatch(
                src_ip_ranges=list(sources),
                dest_fqdns=[vault.host],
                layer4_configs=[_tcp(vault.port)],
            ),
        )

    def connect(self, id_: str, *, number: int, source: str, to: str, port: int) -> None:
        """Admit connections inside the network, to one port.

        Args:
            id_: the rule's id and name.
            number: which of these rules it is, from 0: each has a priority of its own.
            source: the range that connects.
            to: the range that is connected to.
            port: the TCP port.
        """
        self._rule(
            id_,
            priority=INSIDE + number,
            direction="EGRESS",
            action="allow",
            match=ComputeRegionNetworkFirewallPolicyRuleMatch(
                src_ip_ranges=[source],
                dest_ip_ranges=[to],
                layer4_configs=[_tcp(port)],
            ),
        )

    def _rule(
        self,
        id_: str,
        *,
        priority: int,
        direction: str,
        action: str,
        match: ComputeRegionNetworkFirewallPolicyRuleMatch,
    ) -> None:
        ComputeRegionNetworkFirewallPolicyRule(
            self,
            id_,
            rule_name=id_,
            firewall_policy=self._policy,
            region=self._place.region,
            priority=priority,
            direction=direction,
            action=action,
            match=match,
            enable_logging=True,
            disabled=False,
        )


def _https() -> ComputeRegionNetworkFirewallPolicyRuleMatchLayer4Configs:
    return _tcp(HTTPS)


def _tcp(port: int) -> ComputeRegionNetworkFirewallPolicyRuleMatchLayer4Configs:
    return ComputeRegionNetworkFirewallPolicyRuleMatchLayer4Configs(
        ip_protocol="tcp", ports=[str(port)]
    )


def _everything() -> ComputeRegionNetworkFirewallPolicyRuleMatchLayer4Configs:
    return ComputeRegionNetworkFirewallPolicyRuleMatchLayer4Configs(ip_protocol="all")
