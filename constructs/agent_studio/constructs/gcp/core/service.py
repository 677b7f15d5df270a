"""The core service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_google.cloud_run_v2_service import (
    CloudRunV2ServiceTemplateContainers,
    CloudRunV2ServiceTemplateContainersPorts,
    CloudRunV2ServiceTemplateContainersResources,
)
from constructs import Construct

from agent_studio.constructs.core_view import SERVICE
from agent_studio.constructs.gcp.labels import labels
from agent_studio.constructs.gcp.runtime.containers import (
    AGENT_PORT,
    UNRELEASED,
    liveness,
    startup,
    variables,
)
from agent_studio.constructs.gcp.runtime.service import add_service
from agent_studio.constructs.gcp.runtime.sizing import container_size
from agent_studio.estate.names import gcp as names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent_studio.constructs.gcp.core.identity import CoreIdentity
    from agent_studio.constructs.gcp.core.network import CoreNetwork
    from agent_studio.estate import Runtime, Scope

REQUESTS = 40
"""Requests that an instance handles at a time."""

REQUEST_SECONDS = 60
HEALTH_PATH = "/healthz"


class CoreService(Construct):
    """The core service on Cloud Run.

    Guarantee: it runs as its own account without keys, under the core's own key, on an image that
    the project's binary authorization admits, with no secret in its environment. It is reached from
    inside the project alone, by callers with leave alone, and everything that it sends goes through
    the core's network.

    Terraform makes the service with no instance; releases raise the least number and move the
    image, and Terraform leaves both to them.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        runtime: the service's profile.
        image: the address of its image.
        key_id: the key that encrypts what Cloud Run keeps of it.
        identity: who it runs as.
        network: the core's network.
        environment: what the service is told; it holds no secret.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        runtime: Runtime,
        image: str,
        key_id: str,
        identity: CoreIdentity,
        network: CoreNetwork,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        size = container_size(runtime.cpu, runtime.memory)
        service = add_service(
            self,
            name=names.service(place, SERVICE),
            region=place.region,
            containers=[
                CloudRunV2ServiceTemplateContainers(
                    name=SERVICE,
                    image=f"{image}:{UNRELEASED}",
                    ports=CloudRunV2ServiceTemplateContainersPorts(container_port=AGENT_PORT),
                    env=variables(environment),
                    resources=CloudRunV2ServiceTemplateContainersResources(
                        limits=size.limits,
                        # It looks after mailboxes between requests, too.
                        cpu_idle=False,
                        startup_cpu_boost=False,
                    ),
                    startup_probe=startup(HEALTH_PATH, AGENT_PORT),
                    liveness_probe=liveness(HEALTH_PATH, AGENT_PORT),
                )
            ],
            identity=identity.email,
            key_id=key_id,
            network_id=network.network_id,
            subnet_id=network.service_subnet_id,
            max_instances=runtime.max_instances,
            timeout_seconds=REQUEST_SECONDS,
            after=identity.access,
            own_labels=labels(SERVICE),
            concurrency=REQUESTS,
            released=["template[0].scaling[0].min_instance_count"],
        )
        self.service_name: str = service.name
        """Name of the Cloud Run service."""
