"""The core's network: a cell's, with a place for its entrance and its database."""

from cdktf_cdktf_provider_google.compute_subnetwork import ComputeSubnetwork
from cdktf_cdktf_provider_google.dns_managed_zone import DnsManagedZone
from constructs import Construct

from agent_studio.constructs.gcp.core.services import IMAGES, registry_hosts, service_hosts
from agent_studio.constructs.gcp.network.addresses import carve
from agent_studio.constructs.gcp.network.dns import CellDns
from agent_studio.constructs.gcp.network.egress import egress_names
from agent_studio.constructs.gcp.network.firewall import Firewall
from agent_studio.constructs.gcp.network.internet import InternetPath
from agent_studio.constructs.gcp.network.private import PrivateNetwork
from agent_studio.constructs.gcp.network.zone import add_services, add_zone
from agent_studio.estate import Cell, Estate
from agent_studio.estate.names import gcp as names

DATABASE_PORT = 5432
ENTRANCE_PORT = 443


class CoreNetwork(Construct):
    """The private network of the core.

    Guarantee: as that of `CellNetwork`. Inside, the firewall admits connections to the entrance
    from the core's own range, and from the service's subnet to the database, each on one port; all
    else is denied both ways and logged. DNS answers for the services and registries by which the
    core comes to cells, for the Vault clusters and for its own entrance and database.

    Args:
        scope: the core's stack.
        id_: the block's id within the stack.
        cell: the core's view.
        estate: the estate.

    Raises:
        StudioError: the core's network cannot be carved into subnets.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, estate: Estate) -> None:
        super().__init__(scope, id_)
        self._place = place = cell.scope
        addresses = carve(cell.network)
        private = PrivateNetwork(self, "private", place=place, addresses=str(addresses.private))
        self.network_id: str = private.vpc.id
        """The VPC's resource name."""
        self.private_subnet_id: str = private.subnet.id
        """The subnet that holds the addresses of the entrance and of the database."""
        self.service_subnet_id: str = private.subnet.id
        """The subnet of the core service: the one with egress if there are Vault clusters."""
        firewall = Firewall(self, "firewall", place=place, network_id=self.network_id)
        CellDns(self, "dns", cell=cell, network_id=self.network_id, hosts=service_hosts(estate))
        registries = self.zone(
            "registries", dns_name=f"{IMAGES}.", description="The registries of core and cells"
        )
        add_services(self, registries, registry_hosts(estate))
        callers = addresses.private
        declared = egress_names(cell)
        if declared:
            internet = InternetPath(
                self,
                "internet",
                place=place,
                private=private,
                firewall=firewall,
                addresses=str(addresses.egress),
                declared=declared,
            )
            if internet.subnet is not None:
                self.service_subnet_id = internet.subnet.id
            callers = addresses.egress
        inside = str(addresses.private)
        firewall.connect(
            "entrance", number=0, source=str(cell.network), to=inside, port=ENTRANCE_PORT
        )
        firewall.connect("database", number=1, source=str(callers), to=inside, port=DATABASE_PORT)
        # No machine of ours is in it, and a subnet of proxies takes neither flow logs nor Private
        # Google Access (Cloud Load Balancing, "Proxy-only subnets").
        self.proxies = ComputeSubnetwork(
            self,
            "proxies",
            name=names.subnet(place, "proxies"),
            network=self.network_id,
            region=place.region,
            ip_cidr_range=str(addresses.proxies),
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
        )
        """The subnet of the load balancer's proxies, which the load balancer waits for."""

    def zone(self, id_: str, *, dns_name: str, description: str) -> DnsManagedZone:
        """Add a zone that the network alone sees.

        Args:
            id_: its id within the network.
            dns_name: the name below which it answers, with its last dot.
            description: what it is for.
        """
        return add_zone(
            self,
            id_,
            place=self._place,
            network_id=self.network_id,
            dns_name=dns_name,
            description=description,
        )
