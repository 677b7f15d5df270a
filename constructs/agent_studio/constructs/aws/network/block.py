"""The network of a cell."""

from constructs import Construct

from agent_studio.constructs.aws.keys import OPERATIONS, CellKeys
from agent_studio.constructs.aws.network.addresses import carve
from agent_studio.constructs.aws.network.dns_firewall import DnsFirewall
from agent_studio.constructs.aws.network.egress import egress_names, vault_through_firewall
from agent_studio.constructs.aws.network.endpoints import Endpoints
from agent_studio.constructs.aws.network.flow_logs import FlowLogs
from agent_studio.constructs.aws.network.groups import RuntimeGroups
from agent_studio.constructs.aws.network.internet import InternetPath
from agent_studio.constructs.aws.network.private import PrivateNetwork
from agent_studio.constructs.aws.network.zones import zone_ids
from agent_studio.estate.model import Cell, Runtime

ZONES = 2
"""Zones that a cell spans; every region gives every account at least two."""


class CellNetwork(Construct):
    """The private network of a cell.

    Guarantee: there is no way from the internet, and none to it but to the jurisdiction's Vault
    cluster and to declared names. Runtimes live in private subnets in two zones and reach AWS
    services through endpoints whose policies admit the cell's own account alone, and its own
    buckets, queues, keys and declared models alone. DNS answers for the endpoints' names, the
    declared names and Vault's, for no other. What leaves passes a firewall. It admits TLS to
    exactly the declared names on port 443, from those runtimes alone that declare any, and from
    all runtimes to Vault's host on Vault's port. A cell without runtimes has no way out at all.
    Every flow is logged, encrypted; the VPC's default security group, access list and route table
    are empty.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys; the operations key encrypts the network's logs and rules.

    Raises:
        StudioError: the cell's network cannot be carved into subnets, or Vault cannot be reached
            without opening more than that.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, keys: CellKeys) -> None:
        super().__init__(scope, id_)
        key_arn = keys.key_id(OPERATIONS)
        addresses = carve(cell.network, zones=ZONES)
        zones = zone_ids(self, count=ZONES)
        private = PrivateNetwork(self, "private", cell=cell, addresses=addresses, zones=zones)
        self.network_id: str = private.vpc.id
        """The VPC's id."""
        self.subnet_ids: list[str] = [subnet.id for subnet in private.subnets]
        """The private subnets' ids, one for each zone."""
        FlowLogs(self, "flow-logs", cell=cell, vpc_id=self.network_id, key_arn=key_arn)
        endpoints = Endpoints(self, "endpoints", cell=cell, private=private)
        self.endpoint_security_group_id: str = endpoints.security_group_id
        """The security group of the interface endpoints."""
        self._groups = RuntimeGroups(
            self, "runtimes", cell=cell, vpc_id=self.network_id, endpoints=endpoints
        )
        DnsFirewall(self, "dns-firewall", cell=cell, vpc_id=self.network_id)
        if egress_names(cell) or vault_through_firewall(cell):
            InternetPath(
                self,
                "internet",
                cell=cell,
                private=private,
                addresses=addresses,
                zones=zones,
                key_arn=key_arn,
            )
        else:
            private.close()

    def runtime_security_group(self, runtime: Runtime) -> str:
        """Give the id of a runtime's security group.

        Args:
            runtime: a runtime of the cell.

        Raises:
            KeyError: the cell does not have the runtime.
        """
        return self._groups.ids[runtime.name]
