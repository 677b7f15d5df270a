"""The VPC and its private subnet, from which nothing leads out but to Google's own services."""

from cdktf_cdktf_provider_google.compute_network import ComputeNetwork
from cdktf_cdktf_provider_google.compute_route import ComputeRoute
from cdktf_cdktf_provider_google.compute_subnetwork import (
    ComputeSubnetwork,
    ComputeSubnetworkLogConfig,
)
from constructs import Construct

from agent_studio.constructs.gcp.network.services import RESTRICTED_RANGE
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

GATEWAY = "default-internet-gateway"
"""The next hop to Google's own services, too (VPC, "Configure Private Google Access")."""


class PrivateNetwork(Construct):
    """A VPC without default routes, a private subnet, and the one route to Google's services.

    Args:
        scope: the network.
        id_: the id within the network.
        place: the stack's place.
        addresses: the private subnet's range.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, addresses: str) -> None:
        super().__init__(scope, id_)
        self.vpc = ComputeNetwork(
            self,
            "vpc",
            name=names.network(place),
            description=f"Network of {place.stack}",
            auto_create_subnetworks=False,
            delete_default_routes_on_create=True,
            routing_mode="REGIONAL",
            # So that no firewall rule on the VPC itself can admit what the policy denies.
            network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL",
        )
        self.subnet = add_subnet(
            self, "subnet", place=place, purpose="private", network=self.vpc, addresses=addresses
        )
        ComputeRoute(
            self,
            "google-services",
            name=names.label(place, "google-services"),
            description="To restricted.googleapis.com, and nowhere else",
            network=self.vpc.id,
            dest_range=RESTRICTED_RANGE,
            next_hop_gateway=GATEWAY,
        )


def add_subnet(
    scope: Construct,
    id_: str,
    *,
    place: Scope,
    purpose: str,
    network: ComputeNetwork,
    addresses: str,
) -> ComputeSubnetwork:
    """Add a subnet in the stack's region, without public addresses, with every flow logged.

    Args:
        scope: the construct that owns it.
        id_: its id.
        place: the stack's place.
        purpose: what its name is made of.
        network: the VPC.
        addresses: its range.
    """
    return ComputeSubnetwork(
        scope,
        id_,
        name=names.subnet(place, purpose),
        network=network.id,
        region=place.region,
        ip_cidr_range=addresses,
        stack_type="IPV4_ONLY",
        private_ip_google_access=True,
        log_config=ComputeSubnetworkLogConfig(
            aggregation_interval="INTERVAL_30_SEC",
            flow_sampling=1,
            metadata="INCLUDE_ALL_METADATA",
        ),
    )
