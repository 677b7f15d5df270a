"""Every way that is tried to break the core on Google Cloud, by what it breaks."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from policies.breaches.breach import BOTH
from policies.breaches.planned import planned
from policies.breaches_gcp.cell import STRANGER, Breach, GcpCell
from policies.breaches_gcp.table import Edit, add, at, bind, env
from support.gcp_core import ESTATE, PROJECT, plans, stack

from agent_studio.policies import Stage

THEIR_ACCOUNT = f"serviceAccount:spy@{STRANGER}.iam.gserviceaccount.com"
THEIR_KEY = f"projects/{STRANGER}/locations/europe-west3/keyRings/r/cryptoKeys/k"
_SETTINGS = "settings.ip_configuration"


@dataclass
class GcpCore(GcpCell):
    """A core in Frankfurt."""

    NAME: ClassVar[str] = "core"
    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "address": ("google_compute_address", "entrance_address"),
        "archiver": ("google_pubsub_subscription", "events_archiver"),
        "audit access": ("google_storage_bucket_iam_policy", "audit_store_access"),
        "backend": ("google_compute_region_backend_service", "entrance_backend"),
        "balancer": ("google_compute_forwarding_rule", "entrance_balancer"),
        "callers": ("google_cloud_run_v2_service_iam_policy", "entrance_callers"),
        "certificate": ("google_certificate_manager_certificate", "entrance_domain_certificate"),
        "content": ("google_sql_database", "database_content"),
        "database": ("google_sql_database_instance", "database_"),
        "database rule": (
            "google_compute_region_network_firewall_policy_rule",
            "network_firewall_database",
        ),
        "endpoint": ("google_compute_forwarding_rule", "database_endpoint_"),
        "events": ("google_pubsub_topic", "events_bus_topic"),
        "group": ("google_compute_region_network_endpoint_group", "entrance_service"),
        "identity access": ("google_service_account_iam_policy", "identity_access"),
        "leave": ("google_project_iam_member", "database_signs-in"),
        "mailbox access": ("google_service_account_iam_policy", "federation_mailbox-access"),
        "private zone": ("google_dns_managed_zone", "network_entrance"),
        "proof": ("google_dns_record_set", "entrance_domain_proof"),
        "proxies": ("google_compute_subnetwork", "network_proxies"),
        "proxy": ("google_compute_region_target_https_proxy", "entrance_proxy"),
        "record": ("google_dns_record_set", "entrance_domain_record"),
        "repository access": (
            "google_artifact_registry_repository_iam_policy",
            "registry_core-access",
        ),
        "routes": ("google_compute_region_url_map", "entrance_routes"),
        "service": ("google_cloud_run_v2_service", "service_"),
        "signing": ("google_kms_crypto_key", "signing_key"),
        "signing access": ("google_kms_crypto_key_iam_policy", "signing_access"),
        "tls": ("google_compute_region_ssl_policy", "entrance_tls"),
        "user": ("google_sql_user", "database_user"),
        "zone": ("google_dns_managed_zone", "entrance_domain_zone"),
    }

    @classmethod
    def example(cls) -> Self:
        """A copy of the unbroken core, and the plan that makes it."""
        return cls(
            stack=copy.deepcopy(stack().document), plan=json.loads(plans()[0]), estate=ESTATE
        )

    @classmethod
    def standing(cls) -> Self:
        """A copy of the unbroken core that stands already, and its second plan."""
        return cls(
            stack=copy.deepcopy(stack().document), plan=json.loads(plans()[1]), estate=ESTATE
        )


def _unprotected(core: GcpCell) -> None:
    core.edit(core.part("database"), lambda body: body.pop("lifecycle"))


def _flag(name: str, value: str) -> Edit:
    return at("database", "settings.database_flags", [{"name": name, "value": value}])


PLACES: dict[str, Edit] = {
    "database elsewhere": at("database", "region", "europe-west1"),
    "backups elsewhere": at("database", "settings.backup_configuration.location", "europe-west1"),
    "backups in a multi-region": at("database", "settings.backup_configuration.location", "eu"),
    "backups anywhere": at("database", "settings.backup_configuration.location", None),
    "certificate anywhere": at("certificate", "location", "global"),
    "name of a region that is not visited": at(
        "record", "name", "us-central1-pubsub.googleapis.com."
    ),
    "replica elsewhere": at("database", "replica_configuration", {"failover_target": True}),
    "events anywhere": at("events", "message_storage_policy", None),
}
MOVEMENTS: dict[str, Edit] = {
    "events into a strange bucket": at("archiver", "cloud_storage_config.bucket", "theirs"),
    "events pushed to the web": at(
        "archiver", "push_config", {"push_endpoint": "https://evil.example"}
    ),
    "endpoint of a stranger's service": at(
        "endpoint",
        "target",
        f"projects/{STRANGER}/regions/europe-west3/serviceAttachments/theirs",
    ),
    "requests to another service": at("group", "cloud_run.service", "theirs"),
    "requests to the web": at("group", "network_endpoint_type", "INTERNET_FQDN_PORT"),
    "routes to a stranger's backend": at(
        "routes",
        "default_service",
        f"projects/{STRANGER}/regions/europe-west3/backendServices/theirs",
    ),
    "redirect to the web": at(
        "routes", "default_url_redirect", {"host_redirect": "evil.example", "strip_query": False}
    ),
    "address in the environment": env("https://collector.evil.example/v1"),
    "image of another project": at(
        "service", "template.containers", [{"image": f"europe-west3-docker.pkg.dev/{STRANGER}/r/i"}]
    ),
    "export job": add("google_bigquery_data_transfer_config", display_name="x"),
}
ENCRYPTION: dict[str, Edit] = {
    "database without its key": at("database", "encryption_key_name", None),
    "database under a foreign key": at("database", "encryption_key_name", THEIR_KEY),
    "events without a key": at("events", "kms_key_name", None),
    "service without its key": at("service", "template.encryption_key", None),
    "plain connections to the database": at(
        "database", f"{_SETTINGS}.ssl_mode", "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
    ),
    "nothing said of connections": at("database", f"{_SETTINGS}.ssl_mode", None),
    "old TLS": at("tls", "min_tls_version", "TLS_1_0"),
    "weak ciphers": at("tls", "profile", "COMPATIBLE"),
    "whatever TLS": at("proxy", "ssl_policy", None),
    "a certificate that somebody else made": at("proxy", "ssl_certificates", ["theirs"]),
    "plain requests to the service": at("backend", "protocol", "HTTP"),
}
EXPOSURE: dict[str, Edit] = {
    "database on the internet": at("database", f"{_SETTINGS}.ipv4_enabled", True),
    "database with nothing said": at("database", f"{_SETTINGS}.ipv4_enabled", None),
    "database for a range": at(
        "database", f"{_SETTINGS}.authorized_networks", [{"value": "0.0.0.0/0"}]
    ),
    "database for another project": at(
        "database",
        f"{_SETTINGS}.psc_config",
        [{"psc_enabled": True, "allowed_consumer_projects": [STRANGER]}],
    ),
    "balancer on the internet": at("balancer", "load_balancing_scheme", "EXTERNAL_MANAGED"),
    "backend on the internet": at("backend", "load_balancing_scheme", "EXTERNAL_MANAGED"),
    "address on the internet": at("address", "address_type", "EXTERNAL"),
    "address with nothing said": at("address", "address_type", None),
    "balancer for every region": at("balancer", "allow_global_access", True),
    "endpoint for every region": at("endpoint", "allow_psc_global_access", True),
    "balancer on another port": at("balancer", "port_range", "80"),
    "nobody asks who calls": at("backend", "iap", None),
    "nobody asks who calls, in words": at("backend", "iap.enabled", False),
    "a client of somebody else's asks": at("backend", "iap.oauth2_client_id", "theirs"),
    "service on the internet": at("service", "ingress", "INGRESS_TRAFFIC_ALL"),
    "service without a door": at("service", "invoker_iam_disabled", True),
    "private zone shown to all": at("private zone", "visibility", "public"),
    "public zone of another name": at("zone", "dns_name", "evil.example."),
    "one more public zone": add(
        "google_dns_managed_zone",
        name="z",
        dns_name="evil.example.",
        visibility="public",
        dnssec_config={"state": "on"},
    ),
    "unsigned zone": at("zone", "dnssec_config", None),
    "core's name that leads elsewhere": at("record", "rrdatas", ["203.0.113.5"]),
    "proof of somebody else's": at("proof", "rrdatas", ["theirs.authorize.example."]),
    "text in the public zone": at("record", "type", "TXT"),
}
NETWORK: dict[str, Edit] = {
    "every address as the database": at("database rule", "match.dest_ip_ranges", ["0.0.0.0/0"]),
    "database rule for what comes in": at(
        "database rule", "match", {"src_ip_ranges": ["0.0.0.0/0"], "layer4_configs": []}
    ),
    "database peered": at("database", f"{_SETTINGS}.psc_config", None),
    "proxies in a range of others": at("proxies", "ip_cidr_range", "10.200.0.0/24"),
    "subnet for whom it may concern": at("proxies", "purpose", "PRIVATE_SERVICE_CONNECT"),
    "subnet without flow logs": at("proxies", "purpose", None),
    "balancer in another network": at(
        "balancer", "network", f"projects/{PROJECT}/global/networks/default"
    ),
    "service past the network": at("service", "template.vpc_access.egress", "PRIVATE_RANGES_ONLY"),
}
IDENTITY: dict[str, Edit] = {
    "a stranger signs": bind("signing access", "roles/cloudkms.signerVerifier", THEIR_ACCOUNT),
    "everyone signs": bind("signing access", "roles/cloudkms.signer", "allUsers"),
    "signing key's ruler": bind("signing access", "roles/cloudkms.admin", THEIR_ACCOUNT),
    "a stranger comes to mailboxes": bind(
        "mailbox access", "roles/iam.workloadIdentityUser", THEIR_ACCOUNT
    ),
    "a person makes tokens": bind(
        "mailbox access", "roles/iam.serviceAccountTokenCreator", "user:a@evil.example"
    ),
    "a stranger runs as the core": bind(
        "identity access", "roles/iam.serviceAccountUser", THEIR_ACCOUNT
    ),
    "service for anyone": bind("callers", "roles/run.invoker", "allUsers"),
    "service for a stranger": bind("callers", "roles/run.invoker", THEIR_ACCOUNT),
    "another project's proxy": bind(
        "callers",
        "roles/run.invoker",
        "serviceAccount:service-999999999999@gcp-sa-iap.iam.gserviceaccount.com",
        "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com",
    ),
    "audit log's ruler": bind("audit access", "roles/storage.admin", THEIR_ACCOUNT),
    "a stranger pushes images": bind(
        "repository access", "roles/artifactregistry.writer", THEIR_ACCOUNT
    ),
    "user with a password": at("user", "password", "hunter2"),
    "built-in user": at("user", "type", "BUILT_IN"),
    "user of nothing said": at("user", "type", None),
    "user of a stranger's": at("user", "name", f"spy@{STRANGER}.iam"),
    "password for the administrator": at("database", "root_password", "hunter2"),
    "every database of the project": at("leave", "condition", None),
    "every database, in words": at("leave", "condition.expression", "true"),
    "this database or any": at(
        "leave",
        "condition.expression",
        f"resource.name == 'projects/{PROJECT}/instances/x' && true || true",
    ),
    "leave for a stranger": at("leave", "member", THEIR_ACCOUNT),
    "ruler of databases": at("leave", "role", "roles/cloudsql.admin"),
    "owner of the project": at("leave", "role", "roles/owner"),
}
DATA: dict[str, Edit] = {
    "database that may be destroyed": _unprotected,
    "no protection from deletion": at("database", "deletion_protection", False),
    "no protection in Cloud SQL": at("database", "settings.deletion_protection_enabled", False),
    "no backups": at("database", "settings.backup_configuration.enabled", False),
    "backups that go with it": at("database", "settings.retain_backups_on_delete", False),
    "passwords for IAM": _flag("cloudsql.iam_authentication", "off"),
    "flag that nobody knows": _flag("cloudsql.enable_pglogical", "on"),
    "content that goes with its resource": at("content", "deletion_policy", "DELETE"),
    "signing key in software elsewhere": at(
        "signing", "version_template.protection_level", "EXTERNAL"
    ),
    "requests that nobody sees": at("backend", "log_config.enable", False),
    "requests of which some are seen": at("backend", "log_config.sample_rate", 0.1),
}

_TOPICS: dict[str, tuple[dict[str, Edit], tuple[str, ...]]] = {
    "places": (
        PLACES,
        ("residency-location", "residency-store", "residency-transfer", "encryption-key"),
    ),
    "movements": (MOVEMENTS, ("residency-transfer", "isolation-account")),
    "encryption": (ENCRYPTION, ("encryption-key", "encryption-missing")),
    "exposure": (EXPOSURE, ("exposure-public", "exposure-ingress", "egress-undeclared")),
    "network": (NETWORK, ("egress-undeclared", "exposure-ingress", "isolation-network")),
    "identity": (
        IDENTITY,
        ("identity-principal", "identity-trust", "identity-privilege", "isolation-account"),
    ),
    "data": (DATA, ("data-bearing-unprotected",)),
}
"""Topic -> its breaches and the controls that are about them, beside `studio/undecided`."""

_CHANGES: dict[str, tuple[Callable[[GcpCell], object], str]] = {
    "database destroyed": (
        lambda core: core.act(core.part("database"), "delete"),
        "data-bearing-destroyed",
    ),
    "signing key replaced": (
        lambda core: core.act(core.part("signing"), "delete", "create"),
        "data-bearing-destroyed",
    ),
    "content forgotten": (
        lambda core: core.act(core.part("content"), "forget"),
        "data-bearing-destroyed",
    ),
    "protection taken off": (
        lambda core: core.at("database", "deletion_protection", False),
        "undecided",
    ),
}
"""What only a plan shows."""


def _all() -> Iterator[Breach]:
    for topic, (edits, controls) in _TOPICS.items():
        for name, edit in edits.items():
            yield Breach(
                name=f"{topic}: {name}",
                controls=frozenset(f"studio/{each}" for each in (*controls, "undecided")),
                edit=edit,
                stages=BOTH,
            )
    for name, (change, control) in _CHANGES.items():
        yield Breach(
            name=f"changes: {name}",
            controls=frozenset({f"studio/{control}"}),
            edit=change,
            stages=(Stage.PLAN,),
        )


CORE_BREACHES: tuple[Breach, ...] = tuple(_all())


def fewer_backups(core: GcpCore) -> None:
    """Have the plan keep a week of what was five weeks of backups."""
    address = core.part("database")
    settings = copy.deepcopy(core.body(address)["settings"])
    kept = "settings.backup_configuration.backup_retention_settings.retained_backups"
    core.at("database", kept, 7)
    core.was(address, settings=planned("settings", settings)[0])
