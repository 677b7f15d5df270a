"""The network of a cell."""

from constructs import Construct

from agent_studio.constructs.gcp.keys import CellKeys
from agent_studio.constructs.gcp.network import services
from agent_studio.constructs.gcp.network.addresses import carve
from agent_studio.constructs.gcp.network.dns import CellDns
from agent_studio.constructs.gcp.network.egress import egress_names
from agent_studio.constructs.gcp.network.firewall import Firewall
from agent_studio.constructs.gcp.network.internet import InternetPath
from agent_studio.constructs.gcp.network.private import PrivateNetwork
from agent_studio.constructs.vault_host import vault_host
from agent_studio.estate.model import Cell, Runtime


class CellNetwork(Construct):
    """The private network of a cell.

    Guarantee: the firewall denies everything in and out, but TLS to Google's own services, at
    restricted.googleapis.com, to the jurisdiction's Vault cluster and to declared names. DNS
    answers for the names of the cell's services, the declared names and Vault's, for no other.
    Declared egress leaves from a subnet of its own, in which are those runtimes alone that declare
    any; the firewall admits TLS from it to exactly the addresses of the declared names. All
    runtimes reach Vault, at the addresses of its name and on its port alone. A cell without
    runtimes has no route but to Google's services. Every flow, every firewall decision and every
    DNS query is logged.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack.
        cell: the cell.
        keys: the cell's keys; the network's logs lie with the cell's other logs, under them.

    Raises:
        StudioError: the cell's network cannot be carved into subnets, or a runtime declares a
            name with a wildcard, or Vault has an address for a name.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        keys: CellKeys,  # noqa: ARG002 - every cloud's network takes them
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        addresses = carve(cell.network)
        private = PrivateNetwork(self, "private", place=place, addresses=str(addresses.private))
        self.network_id: str = private.vpc.id
        """The VPC's resource name."""
        self._private_subnet: str = private.subnet.id
        self._egress_subnet: str | None = None
        firewall = Firewall(self, "firewall", place=place, network_id=self.network_id)
        CellDns(self, "dns", cell=cell, network_id=self.network_id, hosts=services.hosts(cell))
        declared, vault = egress_names(cell), vault_host(cell)
        if declared or vault:
            internet = InternetPath(
                self,
                "internet",
                place=place,
                private=private,
                firewall=firewall,
                addresses=str(addresses.egress),
                declared=declared,
                vault=vault,
                private_addresses=str(addresses.private),
            )
            if internet.subnet is not None:
                self._egress_subnet = internet.subnet.id
        self.subnet_ids: list[str] = [
            each for each in (self._private_subnet, self._egress_subnet) if each is not None
        ]
        """The subnets' resource names: the private one, then the one with egress if there is."""

    def runtime_subnet_id(self, runtime: Runtime) -> str:
        """Give the subnet of a runtime: the one with egress if it declares any.

        Args:
            runtime: a runtime of the cell.
        """
        if runtime.egress and self._egress_subnet is not None:
            return self._egress_subnet
        return self._private_subnet
