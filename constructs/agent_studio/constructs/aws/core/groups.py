"""Security groups that admit named peers alone."""

from cdktf_cdktf_provider_aws.security_group import SecurityGroup as AwsSecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names


class SecurityGroup(Construct):
    """A security group whose rules each name a peer.

    Guarantee: nothing may come in or go out until a peer is named, and then on that port alone.

    Args:
        scope: the block.
        id_: the construct's id.
        place: the stack's place.
        purpose: what the group is for, in kebab case.
        vpc_id: the VPC.
    """

    def __init__(
        self, scope: Construct, id_: str, *, place: Scope, purpose: str, vpc_id: str
    ) -> None:
        super().__init__(scope, id_)
        self._name = names.label(place, purpose, limit=255)
        group = AwsSecurityGroup(
            self,
            "group",
            name=self._name,
            description=f"{purpose} of {place.stack}",
            vpc_id=vpc_id,
            tags=tags(self._name),
        )
        self.id: str = group.id
        """The group's id, a token."""

    def connect(self, id_: str, *, to: "SecurityGroup", port: int, why: str) -> None:
        """Let this group open TCP connections to another: a rule on each side.

        Args:
            id_: ends the rules' ids.
            to: the group that is called.
            port: the TCP port.
            why: the rules' description.
        """
        VpcSecurityGroupEgressRule(
            self,
            f"to-{id_}",
            security_group_id=self.id,
            referenced_security_group_id=to.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=why,
            tags=tags(f"{self._name}-to-{id_}"),
        )
        VpcSecurityGroupIngressRule(
            to,
            f"from-{id_}",
            security_group_id=to.id,
            referenced_security_group_id=self.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=why,
            tags=tags(f"{to._name}-from-{id_}"),
        )

    def admit(self, id_: str, *, cidr: str, port: int, why: str) -> None:
        """Let an address range open TCP connections to this group."""
        VpcSecurityGroupIngressRule(
            self,
            f"from-{id_}",
            security_group_id=self.id,
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=why,
            tags=tags(f"{self._name}-from-{id_}"),
        )
