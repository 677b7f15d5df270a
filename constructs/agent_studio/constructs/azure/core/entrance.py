"""The way to the core service: its domain.

Sources: Azure Container Apps, "Custom domain names and certificates" (records of a domain's top,
the verification record `asuid`; managed certificates are for apps on the internet alone), "Ingress
in Azure Container Apps".
"""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.dns_a_record import DnsARecord
from cdktf_cdktf_provider_azurerm.dns_txt_record import DnsTxtRecord, DnsTxtRecordRecord
from cdktf_cdktf_provider_azurerm.dns_zone import DnsZone
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.runtime.environment import CellEnvironment
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate import Cell

TTL_SECONDS = 300

_TOP = "@"
"""The record of the domain itself."""

_PROOF = "asuid"
"""The record by which Container Apps sees that the domain is ours."""


class CoreEntrance(Construct):
    """The public zone of the core's domain, which names the core's internal address.

    Guarantee: the zone holds the address of the core's environment, which lies in the core's own
    network and is reached from there alone, and what proves to Azure that the domain is ours. No
    plan destroys it.

    The zone's name servers have to be entered in the parent domain once. The certificate is not
    made here: Azure gives none to what does not lie on the internet. An administrator brings one to
    the environment and binds it to the domain; until then the service answers under the name that
    Azure made up for it alone.

    Args:
        scope: the core's stack.
        id_: the construct's id.
        cell: the core's view.
        domain: the core's domain.
        environment: where the core service runs.
    """

    def __init__(
        self, scope: Construct, id_: str, *, cell: Cell, domain: str, environment: CellEnvironment
    ) -> None:
        super().__init__(scope, id_)
        group = CellGroup.of(self, cell=cell).name
        zone = DnsZone(
            self,
            "zone",
            name=domain,
            resource_group_name=group,
            tags=tags(cell, "domain"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        DnsARecord(
            self,
            "record",
            name=_TOP,
            zone_name=zone.name,
            resource_group_name=group,
            ttl=TTL_SECONDS,
            records=[environment.address],
            tags=tags(cell, "domain"),
        )
        DnsTxtRecord(
            self,
            "proof",
            name=_PROOF,
            zone_name=zone.name,
            resource_group_name=group,
            ttl=TTL_SECONDS,
            record=[DnsTxtRecordRecord(value=environment.proof)],
            tags=tags(cell, "domain"),
        )
