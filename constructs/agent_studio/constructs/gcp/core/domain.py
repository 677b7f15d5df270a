"""The core's domain: its zones, its record and its certificate."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.certificate_manager_certificate import (
    CertificateManagerCertificate,
    CertificateManagerCertificateManaged,
)
from cdktf_cdktf_provider_google.certificate_manager_dns_authorization import (
    CertificateManagerDnsAuthorization,
)
from cdktf_cdktf_provider_google.dns_managed_zone import (
    DnsManagedZone,
    DnsManagedZoneDnssecConfig,
)
from cdktf_cdktf_provider_google.dns_record_set import DnsRecordSet
from constructs import Construct

from agent_studio.constructs.gcp.core.network import CoreNetwork
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.network.zone import TTL_SECONDS
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names


class CoreDomain(Construct):
    """The public zone of the core's domain, and a private one in the core's own network.

    Guarantee: the public zone is signed and holds two records: the core's internal address, and
    what proves to Google that the domain is ours. No plan destroys it. The certificate is Google's
    own, lies in the region and renews by itself.

    The zone's name servers have to be entered in the parent domain once, and its key, as the
    registrar asks for it; until then the certificate waits, and nothing else does. In the core's
    network no public name resolves, so it has a zone of its own for the name.

    Args:
        scope: the entrance.
        id_: the construct's id.
        place: the core's place.
        domain: the core's domain.
        network: the core's network.
        address: the entrance's address.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        domain: str,
        network: CoreNetwork,
        address: str,
    ) -> None:
        super().__init__(scope, id_)
        public = DnsManagedZone(
            self,
            "zone",
            name=names.label(place, "domain"),
            dns_name=f"{domain}.",
            description=f"{place.studio}: the core's domain",
            visibility="public",
            force_destroy=False,
            dnssec_config=DnsManagedZoneDnssecConfig(state="on", non_existence="nsec3"),
            labels=labels("domain"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        private = network.zone("entrance", dns_name=f"{domain}.", description="The core's entrance")
        for id_of_record, zone in (("record", public), ("inside", private)):
            DnsRecordSet(
                self,
                id_of_record,
                managed_zone=zone.name,
                name=f"{domain}.",
                type="A",
                ttl=TTL_SECONDS,
                rrdatas=[address],
            )
        authorization = CertificateManagerDnsAuthorization(
            self,
            "authorization",
            name=names.label(place, "domain"),
            location=place.region,
            domain=domain,
            # A regional certificate takes no other kind (Certificate Manager, "Domain
            # authorization types").
            type="PER_PROJECT_RECORD",
            labels=labels("domain"),
        )
        proof = authorization.dns_resource_record.get(0)
        DnsRecordSet(
            self,
            "proof",
            managed_zone=public.name,
            name=proof.name,
            type="CNAME",
            ttl=TTL_SECONDS,
            rrdatas=[proof.data],
        )
        certificate = CertificateManagerCertificate(
            self,
            "certificate",
            name=names.label(place, "domain"),
            location=place.region,
            managed=CertificateManagerCertificateManaged(
                domains=[domain], dns_authorizations=[authorization.id]
            ),
            labels=labels("domain"),
        )
        self.certificate_id: str = certificate.id
        """The certificate's resource name."""
