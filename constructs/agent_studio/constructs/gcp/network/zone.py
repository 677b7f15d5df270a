"""Private zones, and the records that lead to Google's services."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google.dns_managed_zone import (
    DnsManagedZone,
    DnsManagedZoneForwardingConfig,
    DnsManagedZonePrivateVisibilityConfig,
    DnsManagedZonePrivateVisibilityConfigNetworks,
)
from cdktf_cdktf_provider_google.dns_record_set import DnsRecordSet
from constructs import Construct

from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.network import services
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

TTL_SECONDS = 300


def add_zone(
    scope: Construct,
    id_: str,
    *,
    place: Scope,
    network_id: str,
    dns_name: str,
    description: str,
    forwarding_config: DnsManagedZoneForwardingConfig | None = None,
) -> DnsManagedZone:
    """Add a zone that one VPC alone sees.

    Args:
        scope: the construct that owns it.
        id_: its id; its name is made of it.
        place: the stack's place.
        network_id: the VPC.
        dns_name: the name below which it answers, with its last dot.
        description: what it is for.
        forwarding_config: whom it asks; None where it holds all there is.
    """
    return DnsManagedZone(
        scope,
        id_,
        name=names.label(place, id_),
        dns_name=dns_name,
        description=description,
        visibility="private",
        force_destroy=False,
        forwarding_config=forwarding_config,
        private_visibility_config=DnsManagedZonePrivateVisibilityConfig(
            networks=[DnsManagedZonePrivateVisibilityConfigNetworks(network_url=network_id)]
        ),
        labels=labels(id_),
    )


def add_services(scope: Construct, zone: DnsManagedZone, hosts: Sequence[str]) -> None:
    """Have names of Google's services lead to restricted.googleapis.com.

    Args:
        scope: the construct that owns the records.
        zone: the zone that holds the names.
        hosts: the names.
    """
    for host in hosts:
        DnsRecordSet(
            scope,
            host.partition(".")[0],
            managed_zone=zone.name,
            name=f"{host}.",
            type="A",
            ttl=TTL_SECONDS,
            rrdatas=list(services.RESTRICTED_ADDRESSES),
        )
