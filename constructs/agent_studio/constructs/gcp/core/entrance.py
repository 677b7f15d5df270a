"""The way to the core service: an internal load balancer with TLS.

Sources: Cloud Load Balancing, "Set up a regional internal Application Load Balancer with Cloud
Run", "SSL policies"; Certificate Manager, "Regional Google-managed certificates" (authorized for
one project by a DNS record); Identity-Aware Proxy, "Enable IAP for Cloud Run" (its service agent
alone calls the service).
"""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.cloud_run_v2_service_iam_policy import CloudRunV2ServiceIamPolicy
from cdktf_cdktf_provider_google.compute_address import ComputeAddress
from cdktf_cdktf_provider_google.compute_forwarding_rule import ComputeForwardingRule
from cdktf_cdktf_provider_google.compute_region_backend_service import (
    ComputeRegionBackendService,
    ComputeRegionBackendServiceBackend,
    ComputeRegionBackendServiceIap,
    ComputeRegionBackendServiceLogConfig,
)
from cdktf_cdktf_provider_google.compute_region_network_endpoint_group import (
    ComputeRegionNetworkEndpointGroup,
    ComputeRegionNetworkEndpointGroupCloudRun,
)
from cdktf_cdktf_provider_google.compute_region_ssl_policy import ComputeRegionSslPolicy
from cdktf_cdktf_provider_google.compute_region_target_https_proxy import (
    ComputeRegionTargetHttpsProxy,
)
from cdktf_cdktf_provider_google.compute_region_url_map import ComputeRegionUrlMap
from constructs import Construct

from agent_studio.constructs.gcp import service_agents
from agent_studio.constructs.gcp.access import Access
from agent_studio.constructs.gcp.core.domain import CoreDomain
from agent_studio.constructs.gcp.core.logs import ServiceLog
from agent_studio.constructs.gcp.core.network import ENTRANCE_PORT, CoreNetwork
from agent_studio.constructs.gcp.core.service import CoreService
from agent_studio.constructs.gcp.keys import CellKeys
from agent_studio.constructs.gcp.labels import labels
from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

CALL = "roles/run.invoker"

_LOG_DAYS = 365
_SCHEME = "INTERNAL_MANAGED"


class CoreEntrance(Construct):
    """An internal load balancer for the core's domain.

    Guarantee: it has no public address and is reached from the core's network and region alone. It
    answers TLS 1.2 and 1.3 on port 443 alone, asks Identity-Aware Proxy who calls, logs each
    request into a log bucket in the region, and talks TLS to the service. Identity-Aware Proxy's
    own agent alone may call the service.

    Whom Identity-Aware Proxy lets in is the organization's matter: nobody, until somebody is
    granted `roles/iap.httpsResourceAccessor`.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        domain: the core's domain.
        network: the core's network.
        keys: the core's keys.
        service: the core service.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        domain: str,
        network: CoreNetwork,
        keys: CellKeys,
        service: CoreService,
    ) -> None:
        super().__init__(scope, id_)
        self._place = place
        self._name = names.label(place, "core")
        self._callers(service.service_name)
        # The name of the balancer is the name of its URL map (Cloud Load Balancing, "Internal
        # Application Load Balancer logging and monitoring").
        ServiceLog(
            self,
            "log",
            place=place,
            purpose="entrance",
            keys=keys,
            days=_LOG_DAYS,
            entries=(
                'resource.type="internal_http_lb_rule"'
                f' AND resource.labels.url_map_name="{self._name}"'
            ),
        )
        address = ComputeAddress(
            self,
            "address",
            name=self._name,
            region=place.region,
            address_type="INTERNAL",
            subnetwork=network.private_subnet_id,
            labels=labels("entrance"),
        )
        named = CoreDomain(
            self,
            "domain",
            place=place,
            domain=domain,
            network=network,
            address=address.address,
        )
        policy = ComputeRegionSslPolicy(
            self,
            "tls",
            name=self._name,
            region=place.region,
            profile="RESTRICTED",
            min_tls_version="TLS_1_2",
        )
        proxy = ComputeRegionTargetHttpsProxy(
            self,
            "proxy",
            name=self._name,
            region=place.region,
            url_map=self._routes(service.service_name),
            ssl_policy=policy.id,
            certificate_manager_certificates=[named.certificate_id],
        )
        ComputeForwardingRule(
            self,
            "balancer",
            name=self._name,
            region=place.region,
            load_balancing_scheme=_SCHEME,
            network=network.network_id,
            subnetwork=network.private_subnet_id,
            ip_address=address.id,
            ip_protocol="TCP",
            port_range=str(ENTRANCE_PORT),
            target=proxy.id,
            allow_global_access=False,
            labels=labels("entrance"),
            # Without proxies there is nothing that it could run on.
            depends_on=[network.proxies],
        )

    def _callers(self, service: str) -> None:
        access = Access()
        access.grant(CALL, [service_agents.agent(self, self._place, "iap")])
        CloudRunV2ServiceIamPolicy(
            self,
            "callers",
            name=service,
            location=self._place.region,
            policy_data=access.document(),
        )

    def _routes(self, service: str) -> str:
        place, name = self._place, self._name
        group = ComputeRegionNetworkEndpointGroup(
            self,
            "service",
            name=name,
            region=place.region,
            network_endpoint_type="SERVERLESS",
            cloud_run=ComputeRegionNetworkEndpointGroupCloudRun(service=service),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        backend = ComputeRegionBackendService(
            self,
            "backend",
            name=name,
            region=place.region,
            load_balancing_scheme=_SCHEME,
            protocol="HTTPS",
            backend=[
                ComputeRegionBackendServiceBackend(
                    group=group.id, balancing_mode="UTILIZATION", capacity_scaler=1
                )
            ],
            iap=ComputeRegionBackendServiceIap(enabled=True),
            log_config=ComputeRegionBackendServiceLogConfig(enable=True, sample_rate=1),
        )
        routes = ComputeRegionUrlMap(
            self, "routes", name=name, region=place.region, default_service=backend.id
        )
        return str(routes.id)
