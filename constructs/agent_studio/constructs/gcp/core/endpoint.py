"""The one way to the core's database: an address in the core's own network.

Source: Cloud SQL for PostgreSQL, "Private Service Connect overview": who connects makes the
endpoint and its DNS record, and the instance says under which name its certificate is.
"""

from cdktf_cdktf_provider_google.compute_address import ComputeAddress
from cdktf_cdktf_provider_google.compute_forwarding_rule import ComputeForwardingRule
from cdktf_cdktf_provider_google.dns_record_set import DnsRecordSet
from cdktf_cdktf_provider_google.sql_database_instance import SqlDatabaseInstance
from constructs import Construct

from agent_studio.constructs.gcp.core.network import CoreNetwork
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.network.zone import TTL_SECONDS
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

NO_SCHEME = ""
"""An endpoint of Private Service Connect balances nothing, which the provider says by no text."""


class DatabaseEndpoint(Construct):
    """A Private Service Connect endpoint, and the name that leads to it.

    Guarantee: the address lies in the core's private subnet, is reached from the core's region
    alone, and its name can be found in the core's network alone.

    Args:
        scope: the database.
        id_: the construct's id.
        place: the core's place.
        network: the core's network.
        instance: the database's instance.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        network: CoreNetwork,
        instance: SqlDatabaseInstance,
    ) -> None:
        super().__init__(scope, id_)
        name = names.label(place, "database")
        address = ComputeAddress(
            self,
            "address",
            name=name,
            region=place.region,
            address_type="INTERNAL",
            subnetwork=network.private_subnet_id,
            labels=labels("database"),
        )
        ComputeForwardingRule(
            self,
            "endpoint",
            name=name,
            region=place.region,
            network=network.network_id,
            ip_address=address.id,
            target=instance.psc_service_attachment_link,
            load_balancing_scheme=NO_SCHEME,
            allow_psc_global_access=False,
            labels=labels("database"),
        )
        zone = network.zone(
            "database",
            dns_name=f"{place.region}.sql-psc.goog.",
            description="The core's database",
        )
        DnsRecordSet(
            self,
            "record",
            managed_zone=zone.name,
            name=instance.dns_name,
            type="A",
            ttl=TTL_SECONDS,
            rrdatas=[address.address],
        )
        self.host: str = instance.dns_name
        """The host's name, a reference."""
