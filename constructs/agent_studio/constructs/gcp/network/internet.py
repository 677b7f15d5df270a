"""The way out, for the runtimes that declare one."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.compute_route import ComputeRoute
from cdktf_cdktf_provider_google.compute_router import ComputeRouter
from cdktf_cdktf_provider_google.compute_router_nat import (
    ComputeRouterNat,
    ComputeRouterNatLogConfig,
    ComputeRouterNatSubnetwork,
)
from constructs import Construct

from agent_studio.constructs.gcp.network.firewall import ANYWHERE, Firewall
from agent_studio.constructs.gcp.network.private import GATEWAY, PrivateNetwork, add_subnet
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names


class InternetPath(Construct):
    """A subnet whose addresses are translated, a route, and the firewall's leave.

    The route holds for the whole VPC, yet leads out of this subnet alone: no other has addresses
    that are translated, none has public ones, and the firewall admits from this one alone.

    Args:
        scope: the network.
        id_: the id within the network.
        place: the stack's place.
        private: the VPC.
        firewall: its firewall.
        addresses: the subnet's range.
        declared: the names that runtimes declare.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        private: PrivateNetwork,
        firewall: Firewall,
        addresses: str,
        declared: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        self.subnet = add_subnet(
            self, "subnet", place=place, purpose="egress", network=private.vpc, addresses=addresses
        )
        firewall.admit(declared, source=addresses)
        ComputeRoute(
            self,
            "out",
            name=names.label(place, "out"),
            description="For the addresses that are translated",
            network=private.vpc.id,
            dest_range=ANYWHERE,
            next_hop_gateway=GATEWAY,
        )
        router = ComputeRouter(
            self,
            "router",
            name=names.label(place, "router"),
            region=place.region,
            network=private.vpc.id,
        )
        ComputeRouterNat(
            self,
            "translator",
            name=names.label(place, "translator"),
            region=place.region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetwork=[
                ComputeRouterNatSubnetwork(
                    name=self.subnet.id, source_ip_ranges_to_nat=["ALL_IP_RANGES"]
                )
            ],
            log_config=ComputeRouterNatLogConfig(enable=True, filter="ALL"),
        )
