"""The Cloud Run service of a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.cloud_run_v2_service import (
    CloudRunV2Service,
    CloudRunV2ServiceBinaryAuthorization,
    CloudRunV2ServiceTemplate,
    CloudRunV2ServiceTemplateContainers,
    CloudRunV2ServiceTemplateScaling,
    CloudRunV2ServiceTemplateVpcAccess,
    CloudRunV2ServiceTemplateVpcAccessNetworkInterfaces,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct


def add_service(
    scope: Construct,
    *,
    name: str,
    region: str,
    containers: Sequence[CloudRunV2ServiceTemplateContainers],
    identity: str,
    key_id: str,
    network_id: str,
    subnet_id: str,
    max_instances: int,
    timeout_seconds: int,
    after: ITerraformDependable,
    own_labels: Mapping[str, str],
    concurrency: int = 1,
    released: Sequence[str] = (),
) -> CloudRunV2Service:
    """Add a service that runs instances of a runtime, or of the core.

    Unless it is told otherwise each instance handles one piece of work at a time, so that no two
    share memory. There are as many instances as there is work, none without any.

    Args:
        scope: the runtime.
        name: the service's name.
        region: the cell's region.
        containers: the containers of an instance.
        identity: address of the service account.
        key_id: the key that encrypts what Cloud Run keeps of it.
        network_id: the cell's VPC.
        subnet_id: the runtime's subnet.
        max_instances: the ceiling.
        timeout_seconds: how long a piece of work may take.
        after: the leave to run a service as that account.
        own_labels: labels of the service and of its revisions, by which costs are told apart.
        concurrency: pieces of work that an instance handles at a time.
        released: what a release sets, besides the images.
    """
    return CloudRunV2Service(
        scope,
        "service",
        name=name,
        location=region,
        ingress="INGRESS_TRAFFIC_INTERNAL_ONLY",
        invoker_iam_disabled=False,
        deletion_protection=False,
        launch_stage="GA",
        binary_authorization=CloudRunV2ServiceBinaryAuthorization(use_default=True),
        template=CloudRunV2ServiceTemplate(
            execution_environment="EXECUTION_ENVIRONMENT_GEN2",
            service_account=identity,
            encryption_key=key_id,
            timeout=f"{timeout_seconds}s",
            max_instance_request_concurrency=concurrency,
            scaling=CloudRunV2ServiceTemplateScaling(
                min_instance_count=0, max_instance_count=max_instances
            ),
            vpc_access=CloudRunV2ServiceTemplateVpcAccess(
                egress="ALL_TRAFFIC",
                network_interfaces=[
                    CloudRunV2ServiceTemplateVpcAccessNetworkInterfaces(
                        network=network_id, subnetwork=subnet_id
                    )
                ],
            ),
            containers=list(containers),
            labels=dict(own_labels),
        ),
        labels=dict(own_labels),
        depends_on=[after],
        lifecycle=TerraformResourceLifecycle(ignore_changes=_released(len(containers), released)),
    )


def _released(containers: int, besides: Sequence[str]) -> list[str]:
    """Give what a release sets; Terraform leaves it alone."""
    images = [f"template[0].containers[{number}].image" for number in range(containers)]
    return ["client", "client_version", *images, "template[0].revision", *besides]
