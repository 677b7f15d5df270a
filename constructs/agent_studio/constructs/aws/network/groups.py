"""A security group for each runtime."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupEgress
from constructs import Construct

from agent_studio.constructs.aws.network.egress import vault_through_firewall
from agent_studio.constructs.aws.network.endpoints import Endpoints
from agent_studio.constructs.aws.network.private import ANYWHERE
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate.endpoint import HTTPS, Endpoint
from agent_studio.estate.model import Cell, Runtime
from agent_studio.estate.names import aws as names


class RuntimeGroups(Construct):
    """Each runtime reaches the endpoints and, through the firewall, Vault; none listens.

    One that declares egress reaches the firewall on port 443, too.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        vpc_id: the VPC.
        endpoints: the cell's endpoints.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, vpc_id: str, endpoints: Endpoints
    ) -> None:
        super().__init__(scope, id_)
        self.ids: dict[str, str] = {}
        vault = vault_through_firewall(cell)
        for runtime in cell.runtimes:
            name = names.label(cell.scope, f"runtime-{runtime.name}", limit=255)
            group = SecurityGroup(
                self,
                runtime.name,
                name=name,
                description=f"Runtime {runtime.name}",
                vpc_id=vpc_id,
                egress=_egress(runtime, endpoints, vault),
                tags=tags(name),
            )
            # Said aloud, so that a rule added by hand is drift and the next apply removes it.
            group.add_override("ingress", [])
            self.ids[runtime.name] = group.id


def _egress(
    runtime: Runtime, endpoints: Endpoints, vault: Endpoint | None
) -> Sequence[SecurityGroupEgress]:
    rules = [
        SecurityGroupEgress(
            description="Endpoints of AWS services",
            protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            security_groups=[endpoints.security_group_id],
        ),
        SecurityGroupEgress(
            description="S3 through its gateway endpoint",
            protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            prefix_list_ids=[endpoints.s3_prefix_list_id],
        ),
    ]
    if runtime.egress:
        rules.append(
            SecurityGroupEgress(
                description="Declared names through the firewall",
                protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_blocks=[ANYWHERE],
            )
        )
    # AWS takes no rule twice, so the rule above serves for Vault where its port is the same.
    if vault and not (runtime.egress and vault.port == HTTPS):
        rules.append(
            SecurityGroupEgress(
                description="Vault through the firewall",
                protocol="tcp",
                from_port=vault.port,
                to_port=vault.port,
                cidr_blocks=[ANYWHERE],
            )
        )
    return rules
