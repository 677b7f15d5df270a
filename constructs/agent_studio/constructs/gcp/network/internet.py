"""The way out: for the runtimes that declare names, and to Vault for all."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.compute_route import ComputeRoute
from cdktf_cdktf_provider_google.compute_router import ComputeRouter
from cdktf_cdktf_provider_google.compute_router_nat import (
    ComputeRouterNat,
    ComputeRouterNatLogConfig,
    ComputeRouterNatSubnetwork,
)
from cdktf_cdktf_provider_google.compute_subnetwork import ComputeSubnetwork
from constructs import Construct

from agent_studio.constructs.gcp.network.firewall import ANYWHERE, Firewall
from agent_studio.constructs.gcp.network.private import GATEWAY, PrivateNetwork, add_subnet
from agent_studio.estate import Scope
from agent_studio.estate.endpoint import Endpoint
from agent_studio.estate.names import gcp as names


class InternetPath(Construct):
    """A subnet for those that declare names, a route, translated addresses, the firewall's leave.

    The route holds for the whole VPC, yet leads out of those subnets alone whose addresses are
    translated: none has public ones. To declared names the firewall admits from the one subnet
    alone; to Vault from the private one, too.

    Args:
        scope: the network.
        id_: the id within the network.
        place: the stack's place.
        private: the VPC.
        firewall: its firewall.
        addresses: the subnet's range.
        declared: the names that runtimes declare; without any, there is no such subnet.
        vault: what the private subnet's addresses are translated for, too; None where it is not.
        private_addresses: the private subnet's range.
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
        vault: Endpoint | None = None,
        private_addresses: str = "",
    ) -> None:
        super().__init__(scope, id_)
        self.subnet: ComputeSubnetwork | None = None
        """The subnet of those that declare names; None where nobody does."""
        if declared:
            self.subnet = add_subnet(
                self,
                "subnet",
                place=place,
                purpose="egress",
                network=private.vpc,
                addresses=addresses,
            )
            firewall.admit(declared, source=addresses)
        if vault:
            sources = [private_addresses, *([addresses] if declared else [])]
            firewall.admit_vault(vault, sources=sources)
        translated = [self.subnet, private.subnet if vault else None]
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
                ComputeRouterNatSubnetwork(name=each.id, source_ip_ranges_to_nat=["ALL_IP_RANGES"])
                for each in translated
                if each is not None
            ],
            log_config=ComputeRouterNatLogConfig(enable=True, filter="ALL"),
        )
