"""Every way that is tried, by what it breaks."""

from collections.abc import Callable, Iterator
from typing import Any

from policies.breaches_gcp.cell import OWN, STRANGER, Breach, GcpCell
from policies.breaches_gcp.vault import VAULT

Edit = Callable[[GcpCell], object]
FOREIGN_KEY = f"projects/{STRANGER}/locations/asia-northeast1/keyRings/r/cryptoKeys/k"
AWAY_KEY = f"projects/{OWN}/locations/us-central1/keyRings/r/cryptoKeys/k"
READER = "roles/storage.objectViewer"
THEIR_ACCOUNT = f"serviceAccount:spy@{STRANGER}.iam.gserviceaccount.com"


def at(what: str, path: str, value: Any) -> Edit:
    """One argument set to a value; None drops it."""
    return lambda cell: cell.at(what, path, value)


def bind(what: str, role: str, *members: str) -> Edit:
    """One more binding of a policy."""
    return lambda cell: cell.bind(what, role, *members)


def env(value: str) -> Edit:
    """One more variable of the agent's environment."""
    return lambda cell: cell.environ("EXTRA", value)


def add(type_: str, **body: Any) -> Edit:
    """One more resource."""
    return lambda cell: cell.add(type_, "added", **body)


def provided(**values: Any) -> Edit:
    """The provider's arguments."""
    return lambda cell: cell.reprovide(**values)


def state(**values: Any) -> Edit:
    """The backend's arguments."""
    return lambda cell: cell.backend(**values)


PLACES: dict[str, Edit] = {
    "bucket in another region": at("bucket", "location", "us-central1"),
    "bucket in a multi-region": at("bucket", "location", "EU"),
    "bucket in a dual region": at("bucket", "location", "ASIA1"),
    "bucket in upper case elsewhere": at("bucket", "location", "EUROPE-WEST3"),
    "service elsewhere": at("service", "location", "europe-west1"),
    "key ring elsewhere": at("ring", "location", "us-east4"),
    "global key ring": at("ring", "location", "global"),
    "subnet elsewhere": at("subnet", "region", "us-central1"),
    "repository in a multi-region": at("repository", "location", "us"),
    "log bucket anywhere": at("log bucket", "location", "global"),
    "topic elsewhere": at(
        "topic", "message_storage_policy.allowed_persistence_regions", ["europe-west1"]
    ),
    "topic in two regions": at(
        "topic",
        "message_storage_policy.allowed_persistence_regions",
        ["asia-northeast1", "us-central1"],
    ),
    "topic anywhere": at("topic", "message_storage_policy", None),
    "secret copied anywhere": at("secret", "replication", {"auto": {}}),
    "secret elsewhere": at(
        "secret", "replication.user_managed.replicas", [{"location": "us-central1"}]
    ),
    "provider elsewhere": provided(region="us-central1"),
    "state in a local file": lambda cell: cell.stack["terraform"].update(
        backend={"local": {"path": "x"}}
    ),
}
MOVEMENTS: dict[str, Edit] = {
    "logs to another region": at(
        "log feed", "destination", f"logging.googleapis.com/projects/{OWN}/locations/us/buckets/b"
    ),
    "logs to another project": at(
        "log feed",
        "destination",
        f"logging.googleapis.com/projects/{STRANGER}/locations/asia-northeast1/buckets/b",
    ),
    "logs to a strange bucket": at("archive feed", "destination", "storage.googleapis.com/theirs"),
    "logs to another topic": at(
        "archive feed", "destination", f"pubsub.googleapis.com/projects/{STRANGER}/topics/t"
    ),
    "logs to a dataset": at(
        "archive feed", "destination", f"bigquery.googleapis.com/projects/{OWN}/datasets/d"
    ),
    "alarms by e-mail": at("channel", "type", "email"),
    "alarms to a webhook": at("channel", "type", "webhook_tokenauth"),
    "alarms to a strange topic": at("channel", "labels.topic", f"projects/{STRANGER}/topics/t"),
    "work pushed to the web": at(
        "subscription", "push_config.push_endpoint", "https://evil.example"
    ),
    "token for another audience": at(
        "subscription", "push_config.oidc_token.audience", "https://evil.example"
    ),
    "work written to a bucket": at("subscription", "cloud_storage_config", {"bucket": "theirs"}),
    "work written to a table": at("subscription", "bigquery_config", {"table": "p.d.t"}),
    "dead letters elsewhere": at(
        "subscription", "dead_letter_policy.dead_letter_topic", f"projects/{STRANGER}/topics/t"
    ),
    "foreign topic": at("subscription", "topic", f"projects/{STRANGER}/topics/t"),
    "image from the web": at("service", "template.containers.image", "docker.io/library/nginx"),
    "image of another project": at(
        "service", "template.containers.image", f"asia-northeast1-docker.pkg.dev/{STRANGER}/r/i"
    ),
    "image of another region": at(
        "service", "template.containers.image", f"us-docker.pkg.dev/{OWN}/r/i"
    ),
    "image of a look-alike": at(
        "service",
        "template.containers.image",
        f"asia-northeast1-docker.pkg.dev.evil.example/{OWN}/r/i",
    ),
    "remote repository": at("repository", "mode", "REMOTE_REPOSITORY"),
    "virtual repository": at("repository", "mode", "VIRTUAL_REPOSITORY"),
    "address in the environment": env("https://collector.evil.example/v1"),
    "region in the environment": env("us-central1"),
    "project in the environment": env(f"projects/{STRANGER}/topics/t"),
    "transfer job": add("google_storage_transfer_job", description="x"),
    "bucket notification": add("google_storage_notification", bucket="b", topic="t"),
    "access logs elsewhere": at("bucket", "logging.log_bucket", "theirs"),
}
ENCRYPTION: dict[str, Edit] = {
    "bucket without its key": at("bucket", "encryption", None),
    "bucket under a foreign key": at("bucket", "encryption.default_kms_key_name", FOREIGN_KEY),
    "bucket under a key elsewhere": at("bucket", "encryption.default_kms_key_name", AWAY_KEY),
    "topic without its key": at("topic", "kms_key_name", None),
    "topic under a foreign key": at("topic", "kms_key_name", FOREIGN_KEY),
    "repository without its key": at("repository", "kms_key_name", None),
    "service without its key": at("service", "template.encryption_key", None),
    "log bucket without its key": at("log bucket", "cmek_settings", None),
    "secret without its key": at(
        "secret", "replication.user_managed.replicas", [{"location": "asia-northeast1"}]
    ),
    "key that is not rotated": at("key", "rotation_period", None),
    "key that is rotated late": at("key", "rotation_period", "94608000s"),
    "key that goes at once": at("key", "destroy_scheduled_duration", None),
}
EXPOSURE: dict[str, Edit] = {
    "bucket that may be public": at("bucket", "public_access_prevention", "inherited"),
    "bucket with nothing said": at("bucket", "public_access_prevention", None),
    "bucket with access lists": at("bucket", "uniform_bucket_level_access", False),
    "bucket with access lists in words": at("bucket", "uniform_bucket_level_access", "false"),
    "website": at("bucket", "website", {"main_page_suffix": "index.html"}),
    "cross-origin reads": at("bucket", "cors", [{"origin": ["*"], "method": ["GET"]}]),
    "public object": add("google_storage_bucket_access_control", bucket="b", role="READER"),
    "service on the internet": at("service", "ingress", "INGRESS_TRAFFIC_ALL"),
    "service behind a balancer": at("service", "ingress", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"),
    "service without a door": at("service", "invoker_iam_disabled", True),
    "public zone": at("forwarding zone", "visibility", "public"),
    "public address": add("google_compute_address", name="a", address_type="EXTERNAL"),
    "balancer": add("google_compute_global_forwarding_rule", name="b", target="t"),
    "machine": add("google_compute_instance", name="vm", machine_type="e2-micro"),
}
NETWORK: dict[str, Edit] = {
    "ingress from the world": at("deny in", "action", "allow"),
    "egress to the world": at("deny out", "action", "allow"),
    "deny rule switched off": at("deny out", "disabled", True),
    "deny rule gone": lambda cell: cell.remove(cell.part("deny out")),
    "deny rule for one port": at(
        "deny out", "match.layer4_configs", [{"ip_protocol": "tcp", "ports": ["22"]}]
    ),
    "policy tied to nothing": lambda cell: cell.remove(cell.part("association")),
    "policy tied to another network": at(
        "association", "attachment_target", f"projects/{OWN}/global/networks/default"
    ),
    "undeclared name": at("declared rule", "match.dest_fqdns", ["evil.example"]),
    "one more undeclared name": at(
        "declared rule", "match.dest_fqdns", ["api.github.com", "evil.example"]
    ),
    "declared name on another port": at(
        "declared rule", "match.layer4_configs", [{"ip_protocol": "tcp", "ports": ["22"]}]
    ),
    "declared name on every port": at(
        "declared rule", "match.layer4_configs", [{"ip_protocol": "all"}]
    ),
    "range beside the name": at("declared rule", "match.dest_ip_ranges", ["0.0.0.0/0"]),
    "wider services range": at("services rule", "match.dest_ip_ranges", ["199.36.0.0/16"]),
    "threat lists": at("declared rule", "match.dest_threat_intelligences", ["iplist-tor"]),
    "classic firewall rule": add(
        "google_compute_firewall", name="f", network="n", source_ranges=["0.0.0.0/0"]
    ),
    "classic rules go first": at(
        "network", "network_firewall_policy_enforcement_order", "AFTER_CLASSIC_FIREWALL"
    ),
    "subnets everywhere": at("network", "auto_create_subnetworks", True),
    "default routes": at("network", "delete_default_routes_on_create", False),
    "route past the firewall": at("out route", "next_hop_gateway", None),
    "route to a machine": at("out route", "next_hop_ip", "10.16.32.9"),
    "peering": add("google_compute_network_peering", name="p", network="n", peer_network="m"),
    "tunnel": add("google_compute_vpn_tunnel", name="t", shared_secret="x"),
    "shared network": add("google_compute_shared_vpc_service_project", service_project=OWN),
    "service in another network": at(
        "service",
        "template.vpc_access.network_interfaces",
        [{"network": f"projects/{OWN}/global/networks/default", "subnetwork": "default"}],
    ),
    "service past the network": at("service", "template.vpc_access.egress", "PRIVATE_RANGES_ONLY"),
    "service with no network": at("service", "template.vpc_access", None),
    "service over a connector": at("service", "template.vpc_access.connector", "c"),
    "range of others": at("subnet", "ip_cidr_range", "10.200.0.0/24"),
    "no private way to services": at("subnet", "private_ip_google_access", False),
    "no flow logs": at("subnet", "log_config", None),
    "sampled flow logs": at("subnet", "log_config.flow_sampling", 0.1),
    "addresses for all subnets": at(
        "nat", "source_subnetwork_ip_ranges_to_nat", "ALL_SUBNETWORKS_ALL_IP_RANGES"
    ),
    "dns from outside": at("dns policy", "enable_inbound_forwarding", True),
    "dns unlogged": at("dns policy", "enable_logging", False),
    "dns of somebody else": at(
        "forwarding zone",
        "forwarding_config.target_name_servers",
        [{"ipv4_address": "203.0.113.5"}],
    ),
    "dns of another name": at("forwarding zone", "dns_name", "evil.example."),
}
IDENTITY: dict[str, Edit] = {
    "public bucket": bind("bucket access", READER, "allUsers"),
    "bucket for every account": bind("bucket access", READER, "allAuthenticatedUsers"),
    "bucket for a stranger": bind("bucket access", READER, THEIR_ACCOUNT),
    "bucket for a person": bind("bucket access", READER, "user:a@evil.example"),
    "bucket for a group": bind("bucket access", READER, "group:g@evil.example"),
    "bucket for a domain": bind("bucket access", READER, "domain:evil.example"),
    "bucket for project owners": bind(
        "bucket access", "roles/storage.legacyBucketOwner", f"projectOwner:{OWN}"
    ),
    "bucket's ruler": bind(
        "bucket access", "roles/storage.admin", f"serviceAccount:x@{OWN}.iam.gserviceaccount.com"
    ),
    "account that nobody makes": bind(
        "bucket access",
        READER,
        f"serviceAccount:x@{OWN}.iam.gserviceaccount.com",
    ),
    "default account": bind(
        "bucket access",
        READER,
        "serviceAccount:123456789012-compute@developer.gserviceaccount.com",
    ),
    "another project's agent": bind(
        "key access",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "serviceAccount:service-999999999999@gcp-sa-pubsub.iam.gserviceaccount.com",
        "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
    ),
    "key for a stranger": bind(
        "key access", "roles/cloudkms.cryptoKeyEncrypterDecrypter", THEIR_ACCOUNT
    ),
    "key's ruler": bind("key access", "roles/cloudkms.admin", THEIR_ACCOUNT),
    "secret for a stranger": bind(
        "secret access", "roles/secretmanager.secretAccessor", THEIR_ACCOUNT
    ),
    "service for anyone": bind("service access", "roles/run.invoker", "allUsers"),
    "service for a stranger": bind("service access", "roles/run.invoker", THEIR_ACCOUNT),
    "topic for a stranger": bind("topic access", "roles/pubsub.publisher", THEIR_ACCOUNT),
    "repository for a stranger": bind(
        "repository access", "roles/artifactregistry.writer", THEIR_ACCOUNT
    ),
    "whole pool": bind(
        "topic access",
        "roles/pubsub.publisher",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
    ),
    "another project's pool of the same name": bind(
        "topic access",
        "roles/pubsub.publisher",
        "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
        "principal://iam.googleapis.com/projects/999999999999/locations/global/"
        "workloadIdentityPools/pool-acme-aws-cell-gcp/subject/s",
    ),
    "another pool": bind(
        "topic access",
        "roles/pubsub.publisher",
        "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s",
    ),
    "policy that is no policy": at("bucket access", "policy_data", "everyone"),
    "pool with no condition": at("pool provider", "attribute_condition", None),
    "pool with an open condition": at("pool provider", "attribute_condition", "true"),
    "pool of another account": at("pool provider", "aws.account_id", "999999999999"),
    "pool of another issuer": at("pool provider", "oidc", {"issuer_uri": "https://evil.example"}),
    "one more member": add(
        "google_storage_bucket_iam_member",
        bucket="b",
        role="roles/storage.admin",
        member="allUsers",
    ),
    "project owner": add(
        "google_project_iam_member", project=OWN, role="roles/owner", member=THEIR_ACCOUNT
    ),
    "project editor": add(
        "google_project_iam_binding", project=OWN, role="roles/editor", members=["allUsers"]
    ),
    "key of an account": add("google_service_account_key", service_account_id="a"),
    "custom role for everything": add(
        "google_project_iam_custom_role",
        role_id="r",
        title="t",
        permissions=["iam.serviceAccounts.actAs", "resourcemanager.projects.setIamPolicy"],
    ),
    "default account runs the agent": at("service", "template.service_account", None),
    "foreign account runs the agent": at(
        "service", "template.service_account", f"spy@{STRANGER}.iam.gserviceaccount.com"
    ),
}
ISOLATION: dict[str, Edit] = {
    "another project's bucket": at("bucket", "project", STRANGER),
    "another project's provider": provided(project=STRANGER),
    "provider with no project": provided(project=None),
    "provider with a key": provided(credentials='{"type": "service_account"}'),
    "provider with a token": provided(access_token="ya29"),
    "provider as somebody else": provided(
        impersonate_service_account=f"spy@{STRANGER}.iam.gserviceaccount.com"
    ),
    "provider as nobody": provided(impersonate_service_account=None),
    "provider by a detour": provided(storage_custom_endpoint="https://evil.example/"),
    "provider of another universe": provided(universe_domain="evil.example"),
    "billed elsewhere": provided(billing_project=STRANGER),
    "state in a strange bucket": state(bucket="theirs"),
    "state with a key": state(credentials="key.json"),
    "state as somebody else": state(impersonate_service_account="spy@x.iam.gserviceaccount.com"),
    "state under a strange key": state(kms_encryption_key=FOREIGN_KEY),
    "another project's data": lambda cell: cell.data("google_project", project_id=STRANGER),
    "another state": lambda cell: cell.data("terraform_remote_state", backend="gcs"),
    "a secret's value": lambda cell: cell.data("google_secret_manager_secret_version", secret="s"),
}
RUNTIME: dict[str, Edit] = {
    "first generation": at("service", "template.execution_environment", None),
    "unsigned images": at("service", "binary_authorization", None),
    "images let in by words": at(
        "service", "binary_authorization", {"use_default": True, "breakglass_justification": "x"}
    ),
    "no limit of instances": at("service", "template.scaling", None),
    "mounted bucket": at("service", "template.volumes", [{"name": "v", "gcs": {"bucket": "b"}}]),
    "secret of another project": lambda cell: cell.edit(
        cell.part("service"),
        lambda body: body["template"]["containers"][0]["env"].append(
            {
                "name": "S",
                "value_source": {"secret_key_ref": {"secret": f"projects/{STRANGER}/secrets/s"}},
            }
        ),
    ),
    "alarm switched off": at("alert", "enabled", False),
    "bucket that goes with its data": at("bucket", "force_destroy", True),
    "type that nobody knows": add("google_alloydb_cluster", cluster_id="c"),
    "argument that nobody knows": at("bucket", "ip_filter", {"mode": "Disabled"}),
    "another cloud's bucket": add("aws_s3_bucket", bucket="b"),
    "models that nobody declared": add(
        "google_project_iam_custom_role",
        role_id="r",
        title="t",
        permissions=["aiplatform.endpoints.predict"],
    ),
    "model endpoint anywhere": env("https://aiplatform.googleapis.com/v1"),
    "model endpoint elsewhere": env("https://us-central1-aiplatform.googleapis.com/v1"),
}

_TOPICS: dict[str, tuple[dict[str, Edit], tuple[str, ...]]] = {
    "places": (
        PLACES,
        ("residency-location", "residency-store", "residency-transfer", "isolation-account"),
    ),
    "movements": (MOVEMENTS, ("residency-transfer", "isolation-account")),
    "encryption": (ENCRYPTION, ("encryption-key", "encryption-missing")),
    "exposure": (EXPOSURE, ("exposure-public",)),
    "network": (NETWORK, ("egress-undeclared", "exposure-ingress", "isolation-network")),
    "vault": (VAULT, ("egress-undeclared",)),
    "identity": (IDENTITY, ("identity-principal", "identity-trust", "identity-privilege")),
    "isolation": (ISOLATION, ("isolation-account", "residency-store", "residency-transfer")),
    "runtime": (
        RUNTIME,
        ("residency-transfer", "residency-model", "model-undeclared", "isolation-account"),
    ),
}
"""Topic -> its breaches and the controls that are about them. What nobody has reviewed can't be
decided, and is denied for that."""


def _all() -> Iterator[Breach]:
    for topic, (edits, controls) in _TOPICS.items():
        for name, edit in edits.items():
            yield Breach(
                name=f"{topic}: {name}",
                controls=frozenset(f"studio/{each}" for each in (*controls, "undecided")),
                edit=edit,
            )


BREACHES: tuple[Breach, ...] = tuple(_all())
