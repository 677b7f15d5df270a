"""Which names the cell can resolve: a name that cannot be resolved carries no data out.

A private zone answers for everything below it, and what it does not hold does not exist (Cloud
DNS, "Name resolution order"). So a private zone for the root, empty, refuses every name; the zones
for Google's services, for the declared names and Vault's are longer and are asked first.
"""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.dns_managed_zone import (
    DnsManagedZoneForwardingConfig,
    DnsManagedZoneForwardingConfigTargetNameServers,
)
from cdktf_cdktf_provider_google.dns_policy import DnsPolicy, DnsPolicyNetworks
from constructs import Construct

from agent_studio.constructs.gcp.network import services
from agent_studio.constructs.gcp.network.egress import egress_names
from agent_studio.constructs.gcp.network.zone import add_services, add_zone
from agent_studio.constructs.vault_host import vault_host
from agent_studio.estate.model import Cell
from agent_studio.estate.names import gcp as names

PUBLIC_RESOLVERS = ("8.8.8.8", "8.8.4.4")
"""Google Public DNS, which is asked for the declared names and Vault's alone."""


class CellDns(Construct):
    """The cell's own DNS: its Google services, its declared names, Vault's, and no other name.

    Args:
        scope: the network.
        id_: the id within the network.
        cell: the cell.
        network_id: the VPC.
        hosts: names of the Google services that it reaches.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, network_id: str, hosts: Sequence[str]
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        add_zone(
            self,
            "nothing",
            place=place,
            network_id=network_id,
            dns_name=".",
            description="Every other name: none exists",
        )
        google = add_zone(
            self,
            "google-services",
            place=place,
            network_id=network_id,
            dns_name=f"{services.DOMAIN}.",
            description="The Google services of the cell, at restricted.googleapis.com",
        )
        add_services(self, google, hosts)
        for name, purpose in _outside(cell).items():
            add_zone(
                self,
                f"name-{name}",
                place=place,
                network_id=network_id,
                dns_name=f"{name}.",
                description=f"{name}, {purpose}",
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


def _outside(cell: Cell) -> dict[str, str]:
    vault = vault_host(cell)
    found = {vault.host: "the Vault cluster"} if vault else {}
    declared = dict.fromkeys(egress_names(cell), "which a runtime declares")
    return dict(sorted({**found, **declared}.items()))
