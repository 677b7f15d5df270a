"""Which names the cell can resolve: a name that cannot be resolved carries no data out.

A private zone answers for everything below it, and what it does not hold does not exist (Cloud
DNS, "Name resolution order"). So a private zone for the root, empty, refuses every name; the zones
for Google's services and for the declared names are longer and are asked first.
"""

from cdktf_cdktf_provider_google.dns_managed_zone import (
    DnsManagedZone,
    DnsManagedZoneForwardingConfig,
    DnsManagedZoneForwardingConfigTargetNameServers,
    DnsManagedZonePrivateVisibilityConfig,
    DnsManagedZonePrivateVisibilityConfigNetworks,
)
from cdktf_cdktf_provider_google.dns_policy import DnsPolicy, DnsPolicyNetworks
from cdktf_cdktf_provider_google.dns_record_set import DnsRecordSet
from constructs import Construct

from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.network import services
from agent_studio.constructs.gcp.network.egress import egress_names
from agent_studio.estate.model import Cell
from agent_studio.estate.names import gcp as names

PUBLIC_RESOLVERS = ("8.8.8.8", "8.8.4.4")
"""Google Public DNS, which is asked for the declared names alone."""

_TTL_SECONDS = 300


class CellDns(Construct):
    """The cell's own DNS: its Google services, its declared names, and no other name.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        network_id: the VPC.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, network_id: str) -> None:
        super().__init__(scope, id_)
        self._cell = cell
        self._network_id = network_id
        place = cell.scope
        self._zone("nothing", dns_name=".", description="Every other name: none exists")
        google = self._zone(
            "google-services",
            dns_name=f"{services.DOMAIN}.",
            description="The Google services of the cell, at restricted.googleapis.com",
        )
        for host in services.hosts(cell):
            DnsRecordSet(
                self,
                host.partition(".")[0],
                managed_zone=google.name,
                name=f"{host}.",
                type="A",
                ttl=_TTL_SECONDS,
                rrdatas=list(services.RESTRICTED_ADDRESSES),
            )
        for name in egress_names(cell):
            self._zone(
                f"name-{name}",
                dns_name=f"{name}.",
                description=f"{name}, which a runtime declares",
                forwarding_config=DnsManagedZoneForwardingConfig(
                    target_name_servers=[
                        DnsManagedZoneForwardingConfigTargetNameServers(ipv4_address=address)
                        for address in PUBLIC_RESOLVERS
                    ]
                ),
            )
        DnsPolicy(
            self,
            "policy",
            name=names.label(place, "dns"),
            description=f"Queries of {place.stack} are logged",
            enable_logging=True,
            enable_inbound_forwarding=False,
            networks=[DnsPolicyNetworks(network_url=network_id)],
        )

    def _zone(
        self,
        id_: str,
        *,
        dns_name: str,
        description: str,
        forwarding_config: DnsManagedZoneForwardingConfig | None = None,
    ) -> DnsManagedZone:
        return DnsManagedZone(
            self,
            id_,
            name=names.label(self._cell.scope, id_),
            dns_name=dns_name,
            description=description,
            visibility="private",
            force_destroy=False,
            forwarding_config=forwarding_config,
            private_visibility_config=DnsManagedZonePrivateVisibilityConfig(
                networks=[
                    DnsManagedZonePrivateVisibilityConfigNetworks(network_url=self._network_id)
                ]
            ),
            labels=labels(id_),
        )
