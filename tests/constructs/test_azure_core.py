"""The core on Azure, as the stack of an estate that has it there holds it."""

import json
from pathlib import Path

import pytest
from support.aws_cells import statements
from support.azure_cells import expression, grants
from support.azure_core import (
    ABROAD,
    AUDIENCE,
    AWS_GUARDRAILS,
    CELL,
    CORE,
    ESTATE,
    ISSUER,
    ON_AWS,
    ON_GOOGLE,
    REGION,
    SUBJECTS,
    TENANT,
    cell,
    plans,
    stack,
)
from support.estates import synthesized_estate
from support.fields import PLACES, WIDE, fields

from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import azure as names
from agent_studio.estate.problems import EstateInvalid
from agent_studio.stacks.clouds import CELLS

IDENTITY = "azurerm_user_assigned_identity"
SERVER = "azurerm_postgresql_flexible_server"


def having(kind: str, path: str, attribute: str = "id") -> dict[str, tuple[str, str]]:
    """Who has which role on one resource, by the path of the grant."""
    on = expression(stack(), kind, path, attribute)
    return {
        at: (each.role, each.who.partition("assigned_identity.")[2].rsplit("_", 2)[0])
        for at, each in grants(stack()).items()
        if each.on == on
    }


def rules(path: str) -> dict[str, dict[str, object]]:
    """The rules of a security group, by name."""
    found = stack().at("azurerm_network_security_group", path)["security_rule"]
    return {each["name"]: each for each in found}


def test_the_database_is_guarded() -> None:
    """Two zones, a key of its own, backups in the region, no public network, no password."""
    server = stack().at(SERVER, "database/server")
    assert (server["location"], server["name"]) == (REGION, names.database_server(CORE))
    assert server["public_network_access_enabled"] is False
    assert server["geo_redundant_backup_enabled"] is False
    assert server["backup_retention_days"] == 35
    assert server["high_availability"] == {"mode": "ZoneRedundant"}
    assert server["authentication"] == {
        "active_directory_auth_enabled": True,
        "password_auth_enabled": False,
        "tenant_id": TENANT,
    }
    assert not [key for key in server if key.startswith("administrator")]
    assert server["customer_managed_key"]["key_vault_key_id"] == expression(
        stack(), "azurerm_key_vault_key", "keys/database", "versionless_id"
    )
    assert server["lifecycle"]["prevent_destroy"] is True
    logged = stack().at("azurerm_monitor_diagnostic_setting", "database/logging")
    assert logged["enabled_log"] == [{"category_group": "allLogs"}]


def test_a_region_without_zones_has_its_standby_in_the_one_place() -> None:
    """Azure offers no standby in another zone where there is none."""
    there = synthesized_estate(ESTATE.replace(REGION, "ukwest"), only="core")["core"]
    assert there.at(SERVER, "database/server")["high_availability"] == {"mode": "SameZone"}


def test_the_service_alone_signs_in_to_the_database() -> None:
    """One administrator, which is the service's identity; TLS alone is spoken."""
    (one,) = stack().of(f"{SERVER}_active_directory_administrator").values()
    assert one["object_id"] == expression(stack(), IDENTITY, "identity/core", "principal_id")
    assert one["principal_name"] == names.identity(CORE, "core")
    assert one["principal_type"] == "ServicePrincipal"
    told = {each["name"]: each["value"] for each in stack().of(f"{SERVER}_configuration").values()}
    assert told["require_secure_transport"] == "on"
    assert told["ssl_min_protocol_version"] == "TLSv1.2"
    assert stack().of(f"{SERVER}_firewall_rule") == {}


def test_what_lies_in_the_core_is_reached_through_its_own_endpoints() -> None:
    """Each store has one private endpoint in the core's subnet, and a name for it."""
    subnet = expression(stack(), "azurerm_subnet", "network/endpoints")
    found = stack().of("azurerm_private_endpoint")
    assert set(found) == {
        "audit/endpoint",
        "bus/endpoint",
        "database/endpoint",
        "logs/archive/endpoint",
        "network/vault-endpoint",
        "registry/endpoint",
    }
    assert {each["subnet_id"] for each in found.values()} == {subnet}
    zones = {each["name"] for each in stack().of("azurerm_private_dns_zone").values()}
    assert "privatelink.postgres.database.azure.com" in zones


def test_the_network_admits_callers_and_the_database_and_no_more_than_a_cells() -> None:
    """The core's range calls on 443, the service reaches 5432; nothing else is new."""
    there = rules("network/runtimes-group")
    assert (
        there["callers-in"]["source_address_prefix"],
        there["callers-in"]["destination_address_prefix"],
        there["callers-in"]["destination_port_ranges"],
    ) == ("10.0.0.0/20", "10.0.0.0/22", ["443", "31443"])
    ports = ["443", "5671", "5432"]
    assert there["endpoints-out"]["destination_port_ranges"] == ports
    inward = rules("network/endpoints-group")
    assert set(inward) == {"runtimes-in", "deny-all-in", "deny-all-out"}
    assert inward["runtimes-in"]["destination_port_ranges"] == ports
    inbound = {name for name, each in there.items() if each["direction"] == "Inbound"}
    assert inbound == {"own-in", "probes-in", "callers-in", "deny-all-in"}
    of_cell = cell().at("azurerm_network_security_group", "network/runtimes-group")
    assert "callers-in" not in {each["name"] for each in of_cell["security_rule"]}


def test_the_firewall_lets_out_to_the_vault_clusters_alone() -> None:
    """A region that is added within a jurisdiction changes nothing of the core."""
    (group,) = stack().of("azurerm_firewall_policy_rule_collection_group").values()
    hosts = {
        host
        for collection in group["application_rule_collection"]
        if collection["name"] != "platform"
        for rule in collection["rule"]
        for host in rule["destination_fqdns"]
    }
    assert hosts == {"vault.eu.acme.example", "vault.uk.acme.example"}
    more = ESTATE.replace("azure/uksouth:", "azure/ukwest:")
    assert synthesized_estate(more, only="core")["core"].document == stack().document


def test_the_service_is_called_from_its_own_network_alone() -> None:
    """The environment has no public address, and the service takes TLS from the core's range."""
    environment = stack().at("azurerm_container_app_environment", "environment/environment")
    assert environment["internal_load_balancer_enabled"] is True
    ingress = stack().at("azurerm_container_app", "service/app")["ingress"]
    assert ingress["allow_insecure_connections"] is False
    assert ingress["ip_security_restriction"] == [
        {"action": "Allow", "ip_address_range": "10.0.0.0/20", "name": "network"}
    ]


def test_the_world_sees_the_domain_and_nothing_else() -> None:
    """The one public zone holds the internal address, and the proof that the domain is ours."""
    (zone,) = stack().of("azurerm_dns_zone").values()
    assert zone["name"] == "studio.acme.example"
    assert zone["lifecycle"] == {"prevent_destroy": True}
    (record,) = stack().of("azurerm_dns_a_record").values()
    place = expression(
        stack(), "azurerm_container_app_environment", "environment/environment", "static_ip_address"
    )
    assert (record["name"], record["records"]) == ("@", [place])
    (proof,) = stack().of("azurerm_dns_txt_record").values()
    assert proof["name"] == "asuid"
    addresses = stack().of("azurerm_public_ip")
    assert set(addresses) == {"network/egress/address"}


def test_the_service_runs_with_nothing_to_spare() -> None:
    """No replica at first, its own three identities, its own image, no secret."""
    app = stack().at("azurerm_container_app", "service/app")
    assert app["name"] == names.container_app(CORE, "core")
    assert app["identity"]["identity_ids"] == [
        expression(stack(), IDENTITY, f"identity/{each}") for each in ("core", "mailbox", "release")
    ]
    template = app["template"]
    assert (template["min_replicas"], template["max_replicas"]) == (0, 4)
    (container,) = template["container"]
    assert container["image"].endswith(".azurecr.io/core:unreleased")
    assert all(set(each) == {"name", "value"} for each in container["env"])
    assert "secret" not in app
    assert app["lifecycle"]["ignore_changes"] == [
        "template[0].container[0].image",
        "template[0].min_replicas",
    ]


def test_the_core_alone_signs() -> None:
    """The signing key is made in hardware, can do nothing else, and the service alone uses it."""
    key = stack().at("azurerm_key_vault_key", "signing/key")
    assert (key["key_type"], key["curve"], key["key_opts"]) == (
        "EC-HSM",
        "P-256",
        ["sign", "verify"],
    )
    assert key["lifecycle"] == {"prevent_destroy": True}
    assert "rotation_policy" not in key
    held = having("azurerm_key_vault_key", "signing/key", "resource_versionless_id")
    assert held == {"signing/signs": ("Key Vault Crypto User", "identity_core")}


def test_the_audit_log_cannot_be_undone() -> None:
    """Blobs are locked for a year at least; the service writes and deletes none."""
    lock = stack().at("azurerm_storage_container_immutability_policy", "audit/audit-lock")
    assert lock["locked"] is True
    assert lock["immutability_period_in_days"] >= 365
    held = having("azurerm_storage_container", "audit/audit")
    assert held == {"audit/service-writes": ("Storage Blob Data Contributor", "identity_core")}
    writes = stack().at("azurerm_role_assignment", "audit/service-writes")
    assert "blobs/delete" in writes["condition"]
    account = stack().at("azurerm_storage_account", "audit/account")
    assert account["network_rules"]["bypass"] == ["None"]


def test_events_are_kept_for_a_year_and_come_from_the_core_alone() -> None:
    """The topic takes the service's events; the archive keeps them, and nobody takes them out."""
    topic = stack().at("azurerm_servicebus_topic", "events/topic")
    archive = stack().at("azurerm_servicebus_subscription", "events/archive")
    assert topic["default_message_ttl"] == archive["default_message_ttl"] == "P365D"
    assert topic["lifecycle"] == archive["lifecycle"] == {"prevent_destroy": True}
    assert having("azurerm_servicebus_topic", "events/topic") == {
        "events/publishes": ("Azure Service Bus Data Sender", "identity_core")
    }
    assert having("azurerm_servicebus_subscription", "events/archive") == {}
    alarm = stack().at("azurerm_monitor_metric_alert", "events/full")
    assert alarm["enabled"] is True


def test_images_are_read_by_releases_and_the_service() -> None:
    """Two identities pull, and none pushes."""
    assert having("azurerm_container_registry", "registry/registry") == {
        "registry/release-pulls": ("AcrPull", "identity_release"),
        "registry/service-pulls": ("AcrPull", "identity_core"),
    }


def test_no_identity_takes_a_token_from_elsewhere_or_has_a_key() -> None:
    """No credential of another issuer, no key of an account, of a bus or of a registry."""
    types = {each for each in stack().document["resource"] if each.startswith("azurerm_")}
    assert "azurerm_federated_identity_credential" not in types
    assert not [each for each in types if "authorization_rule" in each or "secret" in each]
    assert len(grants(stack())) == 8
    mailbox = expression(stack(), IDENTITY, "identity/mailbox", "principal_id")
    assert mailbox not in {each.who for each in grants(stack()).values()}


def test_everything_lies_in_the_cores_region() -> None:
    """No place but the core's own is named; who hears alarms has none, and keeps nothing."""
    listeners = stack().at("azurerm_monitor_action_group", "logs/alarms/group")
    assert listeners["location"] == "global"
    for name, text in fields(stack().document):
        if name in PLACES and text != "global":
            assert not WIDE.match(text), f"{name}: {text}"
            assert text == REGION, f"{name}: {text}"
    wide = [name for name, text in fields(stack().document) if text == "global"]
    assert wide == ["location"]


def test_everything_that_holds_data_is_under_the_cores_keys() -> None:
    """Accounts, messages, images, logs and the database name a key of the core."""
    keys = {
        "azurerm_container_registry": ("encryption", "key_vault_key_id"),
        "azurerm_log_analytics_cluster_customer_managed_key": ("key_vault_key_id",),
        SERVER: ("customer_managed_key", "key_vault_key_id"),
        "azurerm_servicebus_namespace": ("customer_managed_key", "key_vault_key_id"),
    }
    for type_, path in keys.items():
        found = stack().of(type_)
        assert found
        for each in found.values():
            value = each
            for name in path:
                value = value[0] if isinstance(value, list) else value
                value = value[name]
            assert str(value).startswith("${azurerm_key_vault_key.keys_"), type_


def test_the_core_depends_on_no_cell() -> None:
    """The cell's network, owner and runtimes change nothing of the core."""
    other = ESTATE.replace("10.16.0.0/20", "10.32.0.0/20").replace(
        "owner: clinics", "owner: others"
    )
    assert synthesized_estate(other, only="core")["core"].document == stack().document


def test_the_plan_makes_it_and_the_second_plan_is_empty() -> None:
    """Applied to a stand-in of Azure, nothing is left to do."""
    first, second = (json.loads(each)["resource_changes"] for each in plans())
    assert {tuple(each["change"]["actions"]) for each in first if each["mode"] == "managed"} == {
        ("create",)
    }
    assert {tuple(each["change"]["actions"]) for each in second} == {("no-op",)}


def test_a_cell_on_azure_gives_its_roles_to_the_cores_own_identities() -> None:
    """The declared object ids write, take and push; no identity of the cell's stands between."""
    held = {
        path: (each.role, each.who)
        for path, each in grants(cell()).items()
        if each.who in SUBJECTS.values()
    }
    assert held == {
        "mailbox/core-writes": ("Storage Blob Data Contributor", SUBJECTS["mailbox"]),
        "mailbox/core-takes": ("Azure Service Bus Data Receiver", SUBJECTS["mailbox"]),
        "registry/releases": ("AcrPush", SUBJECTS["release"]),
    }
    assert cell().of("azurerm_federated_identity_credential") == {}
    assert not [path for path in cell().of(IDENTITY) if path.startswith("core/")]


def test_the_core_depends_on_no_cell_of_another_cloud() -> None:
    """With cells on AWS and Google Cloud the core is the same."""
    assert synthesized_estate(ABROAD)["core"].document == stack().document


@pytest.mark.parametrize(
    ("path", "purpose"), [("mailbox/door", "mailbox"), ("registry/pusher", "release")]
)
def test_a_cell_on_aws_knows_the_core_by_its_object_ids(path: str, purpose: str) -> None:
    """Tokens of one managed identity, made out to the studio's cells, are taken, and no other."""
    role = synthesized_estate(ABROAD)[ON_AWS].at("aws_iam_role", path)
    (trust,) = statements(role["assume_role_policy"]).values()
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["Principal"] == {
        "Federated": [f"arn:aws:iam::222222222222:oidc-provider/{ISSUER}"]
    }
    assert trust["Condition"] == {
        "StringEquals": {f"{ISSUER}:aud": [AUDIENCE], f"{ISSUER}:sub": [SUBJECTS[purpose]]}
    }


def test_guardrails_on_aws_make_the_provider_that_its_cells_name() -> None:
    """An account has one provider for each issuer, so its cells share it."""
    made = synthesized_estate(ABROAD)[AWS_GUARDRAILS].at(
        "aws_iam_openid_connect_provider", "core/issuer"
    )
    assert (made["url"], made["client_id_list"]) == (f"https://{ISSUER}", [AUDIENCE])
    of_aws = synthesized_estate()["guardrails-payments-eu"]
    assert "core/issuer" not in of_aws.of("aws_iam_openid_connect_provider")


def test_a_cell_on_google_cloud_knows_the_core_by_its_object_ids() -> None:
    """The cell's pool takes tokens of two managed identities; the policies name them one by one."""
    cell = synthesized_estate(ABROAD)[ON_GOOGLE]
    (provider,) = cell.of("google_iam_workload_identity_pool_provider").values()
    assert provider["oidc"] == {
        "issuer_uri": f"https://{ISSUER}",
        "allowed_audiences": [AUDIENCE],
    }
    assert provider["attribute_mapping"] == {"google.subject": "assertion.sub"}
    assert provider["attribute_condition"] == (
        f"assertion.sub == '{SUBJECTS['mailbox']}' || assertion.sub == '{SUBJECTS['release']}'"
    )
    text = json.dumps(cell.document)
    for subject in SUBJECTS.values():
        assert f"/subject/{subject}" in text


def refused(text: str, folder: Path, stack: str = CELL) -> str:
    """Why a cell is refused, as the user reads it."""
    from cdktf import App

    file = folder / "regions.yaml"
    file.write_text(text, encoding="utf-8")
    estate = load_estate(file)
    (found,) = (each for each in estate.cells if each.stack == stack)
    with pytest.raises(StudioError) as error:
        CELLS[found.cloud]()(App(outdir=str(folder)), cell=found, core=estate.core_scope)
    return str(error.value)


@pytest.mark.parametrize("stack", [CELL, ON_AWS, ON_GOOGLE])
def test_a_cell_asks_for_the_ids_that_nothing_computes(stack: str, tmp_path: Path) -> None:
    """Without them the cell alone is refused, in one line that says where they are found."""
    text = "\n".join(each for each in ABROAD.splitlines() if "subjects:" not in each)
    assert refused(text + "\n", tmp_path, stack) == (
        f"{stack.replace('-', ' ', 1)} cannot know the core; found no core.subjects; "
        "allowed: core.subjects: {mailbox: <id>, release: <id>}; "
        "fix: apply the stack core, then copy the ids of its identities mailbox and release: "
        "on Azure az identity list --query '[].[name,principalId]', on Google Cloud "
        "gcloud iam service-accounts list --format='value(email,uniqueId)'"
    )


@pytest.mark.parametrize(
    ("was", "now", "path", "message"),
    [
        (
            SUBJECTS["mailbox"],
            '"101010101010101010101"',
            "core.subjects.mailbox",
            "this is no id of an identity on azure, where the core lies",
        ),
        (
            SUBJECTS["release"],
            SUBJECTS["mailbox"],
            "core.subjects.release",
            "this id stands under mailbox already",
        ),
    ],
)
def test_ids_that_cannot_be_the_cores_are_named(
    was: str, now: str, path: str, message: str, tmp_path: Path
) -> None:
    """An id of another cloud's form, or one id for both purposes, is one line with its fix."""
    file = tmp_path / "regions.yaml"
    file.write_text(ESTATE.replace(was, now), encoding="utf-8")
    with pytest.raises(EstateInvalid) as error:
        load_estate(file)
    (found,) = error.value.problems
    assert (found.path, found.message) == (path, message)
    assert found.allowed
    assert found.fix


def test_a_cell_of_another_tenant_is_refused(tmp_path: Path) -> None:
    """A managed identity is known in its own tenant alone, so such a cell could admit nobody."""
    other = "00000000-0000-4000-8000-00000000000b"
    head, _, tail = ESTATE.rpartition(TENANT)
    assert refused(f"{head}{other}{tail}", tmp_path) == (
        "cell azure-uksouth-clinics-uk lies in another Entra tenant than the core, which knows no "
        f"identity of the core's; found tenant {other}; allowed: {TENANT}, the core's; "
        "fix: put the cell into a subscription of the core's tenant, or the core on AWS or "
        "Google Cloud"
    )
