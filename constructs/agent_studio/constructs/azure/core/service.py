"""The core service.

Sources: Azure Container Apps, "Ingress in Azure Container Apps" (an app that is external in an
internal environment is reached from the virtual network), "Set scaling rules" and "Managed
identities".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.container_app import (
    ContainerApp,
    ContainerAppIdentity,
    ContainerAppIngress,
    ContainerAppIngressIpSecurityRestriction,
    ContainerAppIngressTrafficWeight,
    ContainerAppRegistry,
    ContainerAppTemplate,
    ContainerAppTemplateContainer,
    ContainerAppTemplateHttpScaleRule,
)
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.runtime.containers import (
    AGENT_PORT,
    UNRELEASED,
    liveness,
    startup,
    variables,
)
from agent_studio.constructs.azure.runtime.environment import PROFILE
from agent_studio.constructs.azure.runtime.sizing import container_size
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.core_view import SERVICE
from agent_studio.estate.names import azure as names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent_studio.constructs.azure.core.identity import CoreIdentities
    from agent_studio.constructs.azure.core.registry import SourceRegistry
    from agent_studio.constructs.azure.runtime.environment import CellEnvironment
    from agent_studio.estate import Cell, Runtime

HEALTH_PATH = "/healthz"

REQUESTS = 40
"""Requests that a replica handles at a time; more make another."""

STOP_SECONDS = 60
"""How long a replica has for what it is at once it is told to stop."""

RELEASED = ("template[0].container[0].image", "template[0].min_replicas")
"""What releases set; Terraform leaves it alone."""


class CoreService(Construct):
    """The core service on Container Apps.

    Guarantee: each replica is a virtual machine of its own. It runs as the core's three identities
    and as no other, on an image from the core's registry, with no secret in its environment. It is
    called from the core's own address range alone, over TLS alone, and everything that it sends
    takes the core's way out.

    Terraform makes the service with no replica; releases raise the least number and move the
    image, and Terraform leaves both to them.

    Args:
        scope: the core's stack.
        id_: the construct's id.
        cell: the core's view.
        runtime: the service's profile.
        environment: where it runs.
        identities: who it is.
        registry: where its image lies.
        told: what the service is told, besides who it is; it holds no secret.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        runtime: Runtime,
        environment: CellEnvironment,
        identities: CoreIdentities,
        registry: SourceRegistry,
        told: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        size = container_size(runtime.cpu, runtime.memory)
        own = identities.of(SERVICE)
        app = ContainerApp(
            self,
            "app",
            name=names.container_app(cell.scope, SERVICE),
            resource_group_name=CellGroup.of(self, cell=cell).name,
            container_app_environment_id=environment.environment_id,
            workload_profile_name=PROFILE,
            revision_mode="Single",
            identity=ContainerAppIdentity(type="UserAssigned", identity_ids=identities.ids),
            registry=[ContainerAppRegistry(server=registry.server, identity=own.id)],
            ingress=ContainerAppIngress(
                # From the network; the environment itself has no public address.
                external_enabled=True,
                allow_insecure_connections=False,
                target_port=AGENT_PORT,
                ip_security_restriction=[
                    ContainerAppIngressIpSecurityRestriction(
                        name="network", action="Allow", ip_address_range=str(cell.network)
                    )
                ],
                traffic_weight=[
                    ContainerAppIngressTrafficWeight(percentage=100, latest_revision=True)
                ],
            ),
            template=ContainerAppTemplate(
                min_replicas=0,
                max_replicas=runtime.max_instances,
                termination_grace_period_seconds=STOP_SECONDS,
                container=[
                    ContainerAppTemplateContainer(
                        name=SERVICE,
                        image=f"{registry.repository_url(SERVICE)}:{UNRELEASED}",
                        cpu=size.cpu,
                        memory=size.memory,
                        env=variables({**told, "AZURE_CLIENT_ID": own.client_id}),
                        startup_probe=[startup(HEALTH_PATH, AGENT_PORT)],
                        liveness_probe=[liveness(HEALTH_PATH, AGENT_PORT)],
                    )
                ],
                http_scale_rule=[
                    ContainerAppTemplateHttpScaleRule(
                        name="requests", concurrent_requests=str(REQUESTS)
                    )
                ],
            ),
            tags=tags(cell, SERVICE),
            depends_on=[registry.pulls, registry.endpoint],
            lifecycle=TerraformResourceLifecycle(ignore_changes=list(RELEASED)),
        )
        self.service_name: str = app.name
        """Name of the container app."""
