"""The core on Google Cloud, as the stack of an estate that has it there holds it."""

import json
import re
from pathlib import Path

import pytest
from support.aws_cells import Stack, statements
from support.estates import synthesized_estate
from support.fields import PLACES, WIDE, fields
from support.gcp_cells import bindings
from support.gcp_core import CORE, ESTATE, PROJECT, REGION, SUBJECTS, plans, stack

from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import aws as aws_names
from agent_studio.estate.names import gcp as names
from agent_studio.stacks.clouds import CELLS

SERVICE = "${google_service_account.identity_account"


def policy(type_: str, path: str) -> dict[str, set[str]]:
    """Who has which role on a resource."""
    return bindings(stack().at(type_, path)["policy_data"])


def test_the_database_is_guarded() -> None:
    """Two zones, a key of its own, backups in the region, no public address, no password."""
    database = stack().at("google_sql_database_instance", "database/database")
    assert database["encryption_key_name"].startswith("${google_kms_crypto_key_iam_policy.keys_dat")
    assert database["deletion_protection"] is True
    assert database["lifecycle"] == {"prevent_destroy": True}
    assert "root_password" not in database
    found = database["settings"]
    assert found["availability_type"] == "REGIONAL"
    assert found["deletion_protection_enabled"] is True
    assert found["retain_backups_on_delete"] is True
    backups = found["backup_configuration"]
    assert (backups["enabled"], backups["location"]) == (True, REGION)
    assert backups["backup_retention_settings"]["retained_backups"] == 35
    assert backups["point_in_time_recovery_enabled"] is True
    way = found["ip_configuration"]
    assert (way["ipv4_enabled"], way["ssl_mode"]) == (False, "ENCRYPTED_ONLY")
    assert way["psc_config"] == [{"psc_enabled": True, "allowed_consumer_projects": [PROJECT]}]
    flags = {each["name"]: each["value"] for each in found["database_flags"]}
    assert flags["cloudsql.iam_authentication"] == "on"


def test_the_service_alone_signs_in_to_the_database() -> None:
    """One user, which is the service's account; its leave ends at this instance."""
    (user,) = stack().of("google_sql_user").values()
    assert user["type"] == "CLOUD_IAM_SERVICE_ACCOUNT"
    assert f"{user['name']}.gserviceaccount.com" == names.service_account_email(CORE, "core")
    assert not [key for key in user if key.startswith("password")]
    leave = stack().at("google_project_iam_member", "database/signs-in")
    assert leave["member"].startswith(SERVICE)
    name = stack().at("google_sql_database_instance", "database/database")["name"]
    assert f"'projects/{PROJECT}/instances/{name}'" in leave["condition"]["expression"]
    assert len(stack().of("google_project_iam_member")) == 1


def test_the_database_is_reached_through_one_endpoint_inside() -> None:
    """An internal address, the instance's attachment, and a name that the network alone sees."""
    endpoint = stack().at("google_compute_forwarding_rule", "database/endpoint/endpoint")
    assert endpoint["target"].endswith(".psc_service_attachment_link}")
    assert endpoint["allow_psc_global_access"] is False
    for each in stack().of("google_compute_address").values():
        assert each["address_type"] == "INTERNAL"
    zone = stack().at("google_dns_managed_zone", "network/database")
    assert (zone["visibility"], zone["dns_name"]) == ("private", f"{REGION}.sql-psc.goog.")


def test_the_firewall_admits_two_connections_inside() -> None:
    """The core's range reaches the entrance, the service's subnet the database; all ends denied."""
    rules = {
        each["rule_name"]: each
        for each in stack().of("google_compute_region_network_firewall_policy_rule").values()
    }
    assert set(rules) == {
        "database",
        "declared-0",
        "deny-in",
        "deny-out",
        "entrance",
        "google-services",
    }
    for name, source, port in (
        ("entrance", "10.0.0.0/20", "443"),
        ("database", "10.0.8.0/22", "5432"),
    ):
        match = rules[name]["match"]
        assert (match["src_ip_ranges"], match["dest_ip_ranges"]) == ([source], ["10.0.0.0/21"])
        assert match["layer4_configs"] == [{"ip_protocol": "tcp", "ports": [port]}]
        assert rules[name]["enable_logging"] is True
    assert rules["declared-0"]["match"]["dest_fqdns"] == [
        "vault.eu.acme.example",
        "vault.jp.acme.example",
    ]
    assert [name for name, each in rules.items() if each["direction"] == "INGRESS"] == ["deny-in"]


def test_names_lead_to_the_regions_of_jurisdictions_and_not_to_cells() -> None:
    """A region that is added within a jurisdiction changes nothing of the core."""
    hosts = {each["name"] for each in stack().of("google_dns_record_set").values()}
    for region in ("europe-west1", "europe-west3", "europe-west4", "asia-northeast2"):
        assert f"{region}-pubsub.googleapis.com." in hosts
        assert f"{region}-docker.pkg.dev." in hosts
    assert not [each for each in hosts if each.startswith("us-")]
    more = ESTATE.replace("gcp/europe-west4:", "gcp/europe-west1:")
    assert synthesized_estate(more, only="core")["core"].document == stack().document


def test_the_entrance_is_internal_and_speaks_current_tls() -> None:
    """One internal address on port 443, TLS 1.2 at the least, each request logged and asked who."""
    balancer = stack().at("google_compute_forwarding_rule", "entrance/balancer")
    assert balancer["load_balancing_scheme"] == "INTERNAL_MANAGED"
    assert (balancer["port_range"], balancer["allow_global_access"]) == ("443", False)
    tls = stack().at("google_compute_region_ssl_policy", "entrance/tls")
    assert (tls["profile"], tls["min_tls_version"]) == ("RESTRICTED", "TLS_1_2")
    backend = stack().at("google_compute_region_backend_service", "entrance/backend")
    assert backend["iap"] == {"enabled": True}
    assert backend["log_config"] == {"enable": True, "sample_rate": 1}
    assert backend["protocol"] == "HTTPS"
    callers = policy("google_cloud_run_v2_service_iam_policy", "entrance/callers")
    assert set(callers) == {"roles/run.invoker"}
    (caller,) = callers["roles/run.invoker"]
    assert caller.endswith("@gcp-sa-iap.iam.gserviceaccount.com")


def test_the_world_sees_the_domain_and_nothing_else() -> None:
    """The one public zone is signed and holds the entrance's record and the certificate's proof."""
    public = {
        path: each
        for path, each in stack().of("google_dns_managed_zone").items()
        if each["visibility"] == "public"
    }
    assert set(public) == {"entrance/domain/zone"}
    zone = public["entrance/domain/zone"]
    assert zone["dns_name"] == "studio.acme.example."
    assert zone["dnssec_config"]["state"] == "on"
    assert zone["lifecycle"] == {"prevent_destroy": True}
    records = {
        path
        for path, each in stack().of("google_dns_record_set").items()
        if "entrance_domain_zone" in each["managed_zone"]
    }
    assert records == {"entrance/domain/record", "entrance/domain/proof"}
    certificate = stack().at(
        "google_certificate_manager_certificate", "entrance/domain/certificate"
    )
    assert certificate["location"] == REGION
    assert certificate["managed"]["domains"] == ["studio.acme.example"]


def test_the_service_runs_with_nothing_to_spare() -> None:
    """No instance at first, its own account and key, an admitted image, everything sent inside."""
    service = stack().at("google_cloud_run_v2_service", "service/service")
    assert service["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    assert service["invoker_iam_disabled"] is False
    assert service["binary_authorization"] == {"use_default": True}
    template = service["template"]
    assert template["scaling"] == {"min_instance_count": 0, "max_instance_count": 4}
    assert template["service_account"].startswith(SERVICE)
    assert "keys_operations" in template["encryption_key"]
    assert template["vpc_access"]["egress"] == "ALL_TRAFFIC"
    (container,) = template["containers"]
    assert container["image"].endswith("/core:unreleased")
    assert not [each for each in container["env"] if "PASSWORD" in each["name"]]
    assert service["lifecycle"]["ignore_changes"] == [
        "client",
        "client_version",
        "template[0].containers[0].image",
        "template[0].revision",
        "template[0].scaling[0].min_instance_count",
    ]


def test_the_core_alone_signs() -> None:
    """The signing key is asymmetric, in hardware, and its policy names the service alone."""
    key = stack().at("google_kms_crypto_key", "signing/key")
    assert key["purpose"] == "ASYMMETRIC_SIGN"
    assert key["version_template"] == {
        "algorithm": "EC_SIGN_P256_SHA256",
        "protection_level": "HSM",
    }
    assert key["lifecycle"] == {"prevent_destroy": True}
    held = policy("google_kms_crypto_key_iam_policy", "signing/access")
    assert set(held) == {"roles/cloudkms.signerVerifier"}
    (signer,) = held["roles/cloudkms.signerVerifier"]
    assert signer.startswith(SERVICE)


def test_the_audit_log_cannot_be_undone() -> None:
    """Objects are locked, and the service adds and reads, and has no other role."""
    bucket = stack().at("google_storage_bucket", "audit/store/bucket")
    assert bucket["retention_policy"]["is_locked"] is True
    held = policy("google_storage_bucket_iam_policy", "audit/store/access")
    assert set(held) == {"roles/storage.objectCreator", "roles/storage.objectViewer"}
    for members in held.values():
        assert all(each.startswith(SERVICE) for each in members)


def test_events_are_archived_and_come_from_the_core_alone() -> None:
    """The topic takes the service's events; each is kept a year, under the core's key."""
    topic = stack().at("google_pubsub_topic", "events/bus/topic")
    assert topic["message_storage_policy"] == {
        "allowed_persistence_regions": [REGION],
        "enforce_in_transit": True,
    }
    held = policy("google_pubsub_topic_iam_policy", "events/bus/access")
    assert set(held) == {"roles/pubsub.publisher"}
    (publisher,) = held["roles/pubsub.publisher"]
    assert publisher.startswith(SERVICE)
    bucket = stack().at("google_storage_bucket", "events/archive/bucket")
    ends = [each["condition"] for each in bucket["lifecycle_rule"]]
    assert {"age": 365, "with_state": "LIVE"} in ends
    archiver = stack().at("google_pubsub_subscription", "events/archiver")
    assert "events_archive" in archiver["cloud_storage_config"]["bucket"]
    writers = policy("google_storage_bucket_iam_policy", "events/archive/access")
    assert {each for members in writers.values() for each in members} == {
        "serviceAccount:service-${data.google_project.project.number}"
        "@gcp-sa-pubsub.iam.gserviceaccount.com"
    }


@pytest.mark.parametrize("purpose", ["mailbox", "release"])
def test_only_the_core_service_acts_as_the_accounts_that_cells_know(purpose: str) -> None:
    """Each has the name that cells compute; the service takes its tokens, and nobody else."""
    account = stack().at("google_service_account", f"federation/{purpose}")
    email = names.service_account_email(CORE, purpose)
    assert f"{account['account_id']}@{PROJECT}.iam.gserviceaccount.com" == email
    held = policy("google_service_account_iam_policy", f"federation/{purpose}-access")
    assert set(held) == {"roles/iam.workloadIdentityUser"}
    (member,) = held["roles/iam.workloadIdentityUser"]
    assert member.startswith(SERVICE)
    for cell in ("cell-gcp-europe-west4-research-de", "cell-gcp-asia-northeast1-research-jp"):
        text = json.dumps(synthesized_estate(ESTATE)[cell].document)
        assert f"serviceAccount:{email}" in text


def test_images_are_read_by_releases_and_never_end() -> None:
    """A repository for the core, the collector and each runtime; tags are fixed and stay."""
    repositories = stack().of("google_artifact_registry_repository")
    assert set(repositories) == {
        f"registry/{each}" for each in ("core", "collector", "otel-collector")
    }
    for path, each in repositories.items():
        assert each["docker_config"] == {"immutable_tags": True}
        assert [rule["id"] for rule in each["cleanup_policies"]] == ["untagged"]
        held = policy("google_artifact_registry_repository_iam_policy", f"{path}-access")
        assert set(held) == {"roles/artifactregistry.reader"}
        pulled = {m for m in held["roles/artifactregistry.reader"] if "serverless-robot" in m}
        assert bool(pulled) is (path == "registry/core")


def test_no_account_has_a_key() -> None:
    """No service account gets a key, and each has its whole policy written."""
    assert stack().of("google_service_account_key") == {}
    accounts = stack().of("google_service_account")
    assert len(accounts) == len(stack().of("google_service_account_iam_policy")) == 3


def test_everything_lies_in_the_cores_region() -> None:
    """No place but the core's own is named, but in the names by which it finds other regions."""
    for name, text in fields(stack().document):
        if name in PLACES:
            assert not WIDE.match(text), f"{name}: {text}"
            assert text == REGION, f"{name}: {text}"


def test_everything_that_holds_data_is_under_the_cores_keys() -> None:
    """Buckets, topics, images, logs, the service and the database name a key of the core."""
    keys = {
        "google_artifact_registry_repository": ("kms_key_name",),
        "google_cloud_run_v2_service": ("template", "encryption_key"),
        "google_logging_project_bucket_config": ("cmek_settings", "kms_key_name"),
        "google_pubsub_topic": ("kms_key_name",),
        "google_sql_database_instance": ("encryption_key_name",),
        "google_storage_bucket": ("encryption", "default_kms_key_name"),
    }
    for type_, path in keys.items():
        found = stack().of(type_)
        assert found
        for each in found.values():
            value = each
            for name in path:
                value = value[name]
            assert str(value).startswith("${google_kms_crypto_key_iam_policy.keys_"), type_


def test_what_google_logs_of_the_core_stays_in_the_region() -> None:
    """The database's and the entrance's lines have buckets of their own, and no other place."""
    filters = {each["filter"] for each in stack().of("google_logging_project_exclusion").values()}
    for block in ("database", "entrance"):
        feed = stack().at("google_logging_project_sink", f"{block}/log/bucket/feed")
        assert f"locations/{REGION}/buckets/" in feed["destination"]
        assert feed["filter"] in filters


def test_the_core_depends_on_no_cell_of_another_cloud() -> None:
    """Without its cell on AWS the core is the same."""
    lines = [each for each in ESTATE.splitlines() if "payments-eu" not in each]
    alone = "\n".join(each for each in lines if "aws/eu-west-1" not in each)
    assert synthesized_estate(alone + "\n", only="core")["core"].document == stack().document


def test_the_plan_makes_it_and_the_second_plan_is_empty() -> None:
    """Applied to a stand-in of Google Cloud, nothing is left to do."""
    first, second = (json.loads(each)["resource_changes"] for each in plans())
    assert {tuple(each["change"]["actions"]) for each in first if each["mode"] == "managed"} == {
        ("create",)
    }
    assert {tuple(each["change"]["actions"]) for each in second} == {("no-op",)}


def door(cell: Stack, path: str) -> dict[str, object]:
    """The one statement of a role's trust policy."""
    (found,) = statements(cell.at("aws_iam_role", path)["assume_role_policy"]).values()
    return dict(found)


@pytest.mark.parametrize(
    ("path", "purpose"), [("mailbox/door", "mailbox"), ("registry/pusher", "release")]
)
def test_a_cell_on_aws_knows_the_core_by_its_accounts_ids(path: str, purpose: str) -> None:
    """Google's tokens for one account and one cell are taken, and no other."""
    cell = synthesized_estate(ESTATE)["cell-aws-eu-west-1-payments-eu"]
    trust = door(cell, path)
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["Principal"] == {"Federated": ["accounts.google.com"]}
    assert trust["Condition"] == {
        "StringEquals": {
            "accounts.google.com:aud": [SUBJECTS[purpose]],
            "accounts.google.com:oaud": ["aws-eu-west-1-payments-eu"],
            "accounts.google.com:sub": [SUBJECTS[purpose]],
        }
    }


def test_the_cores_role_in_a_cell_on_aws_pushes_and_does_nothing_else() -> None:
    """The cell's repositories admit the role, and no account of the core's."""
    cell = synthesized_estate(ESTATE)["cell-aws-eu-west-1-payments-eu"]
    granted = statements(cell.at("aws_iam_role_policy", "registry/pusher-policy")["policy"])
    assert set(granted) == {"Push", "SignInToRegistry"}
    assert all(":222222222222:repository/" in each for each in granted["Push"]["Resource"])
    name = cell.at("aws_iam_role", "registry/pusher")["name"]
    for each in cell.of("aws_ecr_repository_policy").values():
        push = statements(each["policy"])["Push"]
        assert push["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root"]}
        assert push["Condition"] == {
            "ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::222222222222:role/{name}"]}
        }


def test_a_cell_on_aws_asks_for_the_ids_that_nothing_computes(tmp_path: Path) -> None:
    """Without them the cell alone is refused, in one line that says where they are found."""
    from cdktf import App

    text = "\n".join(each for each in ESTATE.splitlines() if "subjects:" not in each)
    file = tmp_path / "regions.yaml"
    file.write_text(text + "\n", encoding="utf-8")
    estate = load_estate(file)
    (cell,) = (each for each in estate.cells if each.cloud == "aws")
    with pytest.raises(StudioError) as refused:
        CELLS[cell.cloud]()(App(outdir=str(tmp_path)), cell=cell, core=estate.core_scope)
    assert str(refused.value) == (
        "cell aws-eu-west-1-payments-eu cannot know the core; found no core.subjects; "
        "allowed: core.subjects: {mailbox: <id>, release: <id>}; "
        "fix: apply the stack core, then copy the ids of its identities mailbox and release: "
        "on Azure az identity list --query '[].[name,principalId]', on Google Cloud "
        "gcloud iam service-accounts list --format='value(email,uniqueId)'"
    )


def test_the_core_on_aws_is_known_as_before() -> None:
    """A cell of a core on AWS names the core's own roles, and makes none for it."""
    cell = synthesized_estate()["cell-aws-eu-west-1-payments-eu"]
    assert re.search(r"arn:aws:iam::111111111111:role/", json.dumps(door(cell, "mailbox/door")))
    assert "registry/pusher" not in cell.of("aws_iam_role")
    assert aws_names.role(CORE, "release") not in json.dumps(cell.document)
