"""The example cell on Google Cloud, to be broken."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from policies.breaches.breach import BOTH
from policies.breaches.cell import Cell

from agent_studio.policies import Stage

_RULE = "google_compute_region_network_firewall_policy_rule"
OWN = "acme-research-jp"
STRANGER = "stranger-project"


@dataclass
class GcpCell(Cell):
    """The cell of the example estate in Tokyo."""

    NAME: ClassVar[str] = "cell-gcp-asia-northeast1-research-jp"
    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "account": ("google_service_account", "identity-collector_account"),
        "alert": ("google_monitoring_alert_policy", "logs_alarms_kills"),
        "archive feed": ("google_logging_project_sink", "logs_archive-feed"),
        "association": ("google_compute_region_network_firewall_policy_association", "network_"),
        "bucket": ("google_storage_bucket", "store-internal_store_bucket"),
        "bucket access": ("google_storage_bucket_iam_policy", "store-internal_store_access"),
        "channel": ("google_monitoring_notification_channel", "logs_alarms_channel"),
        "declared rule": (
            "google_compute_region_network_firewall_policy_rule",
            "network_firewall_declared-0",
        ),
        "deny in": (
            "google_compute_region_network_firewall_policy_rule",
            "network_firewall_deny-in",
        ),
        "deny out": (
            "google_compute_region_network_firewall_policy_rule",
            "network_firewall_deny-out",
        ),
        "dns policy": ("google_dns_policy", "network_"),
        "forwarding zone": ("google_dns_managed_zone", "network_dns_name-apigithubcom"),
        "key": ("google_kms_crypto_key", "keys_class-internal_"),
        "key access": ("google_kms_crypto_key_iam_policy", "keys_class-internal-access"),
        "log bucket": ("google_logging_project_bucket_config", "logs_bucket-collector_bucket"),
        "log feed": ("google_logging_project_sink", "logs_bucket-collector_feed"),
        "nat": ("google_compute_router_nat", "network_internet_translator"),
        "network": ("google_compute_network", "network_private_vpc"),
        "out route": ("google_compute_route", "network_internet_out"),
        "pool provider": ("google_iam_workload_identity_pool_provider", "core_"),
        "repository": ("google_artifact_registry_repository", "registry_collector"),
        "repository access": (
            "google_artifact_registry_repository_iam_policy",
            "registry_collector-access",
        ),
        "ring": ("google_kms_key_ring", "keys_ring"),
        "secret": ("google_secret_manager_secret", "mailbox_bundle"),
        "secret access": ("google_secret_manager_secret_iam_policy", "mailbox_bundle-access"),
        "service": ("google_cloud_run_v2_service", "runtime-collector_service"),
        "service access": ("google_cloud_run_v2_service_iam_policy", "runtime-collector_callers"),
        "services rule": (
            "google_compute_region_network_firewall_policy_rule",
            "network_firewall_google-services",
        ),
        "subnet": ("google_compute_subnetwork", "network_private_subnet"),
        "subscription": ("google_pubsub_subscription", "runtime-collector_work_subscription"),
        "vault rule": (
            "google_compute_region_network_firewall_policy_rule",
            "network_firewall_vault",
        ),
        "vault zone": ("google_dns_managed_zone", "network_dns_name-vaultjpacmeexample"),
        "topic": ("google_pubsub_topic", "runtime-collector_work_live_topic"),
        "topic access": ("google_pubsub_topic_iam_policy", "runtime-collector_work_live_access"),
    }
    PROVIDER: ClassVar[str] = "google"
    BACKEND: ClassVar[str] = "gcs"

    def at(self, what: str, path: str, value: Any) -> None:
        """Set one argument, through nested blocks; None drops it."""
        *blocks, last = path.split(".")

        def change(body: dict[str, Any]) -> None:
            held: Any = body
            for name in blocks:
                held = held.setdefault(name, {})
                if isinstance(held, list):
                    held = held[0]
            held.pop(last, None)
            if value is not None:
                held[last] = value

        self.edit(self.part(what), change)

    def bind(self, what: str, role: str, *members: str) -> None:
        """Let someone in, by one more binding of an IAM policy."""
        binding = {"role": role, "members": list(members)}
        text = self.body(self.part(what))["policy_data"]
        document = json.loads(text)
        document["bindings"].append(binding)
        self.set(self.part(what), policy_data=json.dumps(document))

    def environ(self, name: str, value: str) -> None:
        """Set a variable of the agent's container."""

        def change(body: dict[str, Any]) -> None:
            body["template"]["containers"][0].setdefault("env", []).append(
                {"name": name, "value": value}
            )

        self.edit(self.part("service"), change)


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One way to break the cell.

    Attributes:
        name: what is broken, in a few words.
        controls: the right controls; either will do.
        edit: the edit.
        stages: where it can be seen.
    """

    name: str
    controls: frozenset[str]
    edit: Callable[[GcpCell], object]
    stages: tuple[Stage, ...] = BOTH
