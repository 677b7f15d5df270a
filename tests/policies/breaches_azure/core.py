"""Every way that is tried to break the core on Azure, by what it breaks."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from policies.breaches.breach import BOTH
from policies.breaches_azure.cell import STRANGER, AzureCell, Breach
from policies.breaches_azure.edits import (
    FOREIGN_IDENTITY,
    FOREIGN_KEY,
    FOREIGN_NETWORK,
    FOREIGN_WORKSPACE,
    THEIRS,
    Edit,
    act,
    at,
    drop,
    env,
    grant,
    meta,
    put,
    refer,
    rule,
    was,
)
from support.azure_core import ESTATE, SUBJECTS, plans, stack

from agent_studio.policies import Stage


@dataclass
class AzureCore(AzureCell):
    """A core in Sweden."""

    NAME: ClassVar[str] = "core"
    PARTS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "administrator": (
            "azurerm_postgresql_flexible_server_active_directory_administrator",
            "database_administrator",
        ),
        "app": ("azurerm_container_app", "service_app"),
        "archive": ("azurerm_servicebus_subscription", "events_archive"),
        "audit": ("azurerm_storage_account", "audit_account"),
        "audit container": ("azurerm_storage_container", "audit_"),
        "audit lock": ("azurerm_storage_container_immutability_policy", "audit_audit-lock"),
        "audit logging": ("azurerm_monitor_diagnostic_setting", "audit_access-logging"),
        "audit writes": ("azurerm_role_assignment", "audit_service-writes"),
        "bus": ("azurerm_servicebus_namespace", "bus_namespace"),
        "connections": (
            "azurerm_postgresql_flexible_server_configuration",
            "database_require_secure_transport",
        ),
        "content": ("azurerm_postgresql_flexible_server_database", "database_content"),
        "core identity": ("azurerm_user_assigned_identity", "identity_core"),
        "database": ("azurerm_postgresql_flexible_server", "database_server"),
        "database endpoint": ("azurerm_private_endpoint", "database_endpoint"),
        "database key": ("azurerm_key_vault_key", "keys_database_"),
        "database logging": ("azurerm_monitor_diagnostic_setting", "database_logging"),
        "endpoints group": ("azurerm_network_security_group", "network_endpoints-group"),
        "endpoints subnet": ("azurerm_subnet", "network_endpoints_"),
        "environment": ("azurerm_container_app_environment", "environment_"),
        "events": ("azurerm_servicebus_topic", "events_topic"),
        "full alert": ("azurerm_monitor_metric_alert", "events_full"),
        "group": ("azurerm_resource_group", "group_"),
        "mailbox identity": ("azurerm_user_assigned_identity", "identity_mailbox"),
        "names": ("azurerm_firewall_policy_rule_collection_group", "network_egress_names"),
        "network": ("azurerm_virtual_network", "network_"),
        "operations identity": ("azurerm_user_assigned_identity", "keys_operations-identity"),
        "operations key": ("azurerm_key_vault_key", "keys_operations_"),
        "proof": ("azurerm_dns_txt_record", "entrance_proof"),
        "publishes": ("azurerm_role_assignment", "events_publishes"),
        "record": ("azurerm_dns_a_record", "entrance_record"),
        "registry": ("azurerm_container_registry", "registry_"),
        "release identity": ("azurerm_user_assigned_identity", "identity_release"),
        "release pulls": ("azurerm_role_assignment", "registry_release-pulls"),
        "runtimes group": ("azurerm_network_security_group", "network_runtimes-group"),
        "signing": ("azurerm_key_vault_key", "signing_key"),
        "signs": ("azurerm_role_assignment", "signing_signs"),
        "statements": (
            "azurerm_postgresql_flexible_server_configuration",
            "database_log_statement",
        ),
        "tls": (
            "azurerm_postgresql_flexible_server_configuration",
            "database_ssl_min_protocol_version",
        ),
        "vault": ("azurerm_key_vault", "keys_vault"),
        "zone": ("azurerm_dns_zone", "entrance_zone"),
    }

    @classmethod
    def example(cls) -> Self:
        """A copy of the unbroken core, and the plan that makes it."""
        return cls._of(plans()[0])

    @classmethod
    def standing(cls) -> Self:
        """A copy of the unbroken core that stands already, and its second plan."""
        return cls._of(plans()[1])

    @classmethod
    def _of(cls, plan: str) -> Self:
        document = copy.deepcopy(stack().document)
        return cls(stack=document, plan=json.loads(plan), estate=ESTATE)


def told(name: str, to: str, attribute: str) -> Edit:
    """A variable of the service that refers to another part than its own."""
    return lambda core: core.environ(name, core.ref(to, attribute))


def without(name: str, what: str = "runtimes group") -> Edit:
    """A group without one of its rules."""

    def change(body: dict[str, Any]) -> None:
        kept = [one for one in body["security_rule"] if one["name"] != name]
        if len(kept) == len(body["security_rule"]):
            raise ValueError(f"there is no rule {name}")
        body["security_rule"] = kept

    return lambda core: core.edit(core.part(what), change)


def changed(name: str, /, what: str = "runtimes group", **values: Any) -> Edit:
    """A rule of a group with other values."""

    def change(body: dict[str, Any]) -> None:
        (one,) = [each for each in body["security_rule"] if each["name"] == name]
        one.update(values)

    return lambda core: core.edit(core.part(what), change)


def ingress(name: str, value: Any) -> Edit:
    """Something else about how the service is called."""
    return at("app", f"ingress.{name}", value)


def parameter(name: str, value: str) -> Edit:
    """One more parameter of the database server."""

    def edit(core: Any) -> None:
        core.add(
            "azurerm_postgresql_flexible_server_configuration",
            "added",
            name=name,
            value=value,
            server_id=core.ref("database", "id"),
        )

    return edit


def rules_over(to: str, kind: str = "ServicePrincipal") -> Edit:
    """One more administrator of the database."""

    def edit(core: Any) -> None:
        core.add(
            "azurerm_postgresql_flexible_server_active_directory_administrator",
            "added",
            server_name=core.ref("database", "name"),
            resource_group_name=core.ref("group", "name"),
            tenant_id="00000000-0000-4000-8000-00000000000a",
            object_id=to,
            principal_name="spy",
            principal_type=kind,
        )

    return edit


def issuer_of(what: str, issuer: str, subject: str) -> Edit:
    """A credential of another issuer's for an identity."""

    def edit(core: Any) -> None:
        core.add(
            "azurerm_federated_identity_credential",
            "added",
            name="added",
            resource_group_name=core.ref("group", "name"),
            parent_id=core.ref(what, "id"),
            issuer=issuer,
            subject=subject,
            audience=["api://AzureADTokenExchange"],
        )

    return edit


_AZURE = "0.0.0.0"  # noqa: S104  # What stands for every address of Azure's, whosever it is.
_CONTRIBUTOR = "Storage Blob Data Contributor"
_SIGNER = "Key Vault Crypto User"

PLACES: dict[str, Edit] = {
    "database elsewhere": at("database", "location", "eastus"),
    "database of no place": at("database", "location", None),
    "backups in Azure's other region": at("database", "geo_redundant_backup_enabled", True),
    "backups with nothing said": at("database", "geo_redundant_backup_enabled", None),
    "database that copies a stranger's": lambda core: core.set(
        core.part("database"),
        create_mode="Replica",
        source_server_id=f"{THEIRS}/Microsoft.DBforPostgreSQL/flexibleServers/theirs",
    ),
    "database restored from elsewhere": lambda core: core.set(
        core.part("database"),
        create_mode="GeoRestore",
        source_server_id=f"{THEIRS}/Microsoft.DBforPostgreSQL/flexibleServers/theirs",
    ),
    "replica of the database elsewhere": lambda core: core.add(
        "azurerm_postgresql_flexible_server",
        "added",
        name="copy",
        location="eastus",
        resource_group_name=core.ref("group", "name"),
        create_mode="Replica",
        source_server_id=core.ref("database", "id"),
    ),
    "service bus elsewhere": at("bus", "location", "eastus"),
    "audit log elsewhere": at("audit", "location", "eastus"),
    "audit log in two regions": at("audit", "account_replication_type", "GRS"),
    "identity elsewhere": at("mailbox identity", "location", "eastus"),
    "registry copied": at("registry", "georeplications", [{"location": "eastus"}]),
    "environment elsewhere": at("environment", "location", "eastus"),
    "group elsewhere": at("group", "location", "eastus"),
    "provider of another subscription": lambda core: core.reprovide(subscription_id=STRANGER),
    "state of another subscription": lambda core: core.backend(subscription_id=STRANGER),
}
MOVEMENTS: dict[str, Edit] = {
    "events forwarded to a queue": at("archive", "forward_to", "theirs"),
    "dead events forwarded": at("archive", "forward_dead_lettered_messages_to", "theirs"),
    "one more reader of events": lambda core: core.add(
        "azurerm_servicebus_subscription",
        "added",
        name="spy",
        topic_id=core.ref("events", "id"),
        max_delivery_count=10,
        forward_to="theirs",
    ),
    "key to the topic": lambda core: core.add(
        "azurerm_servicebus_topic_authorization_rule",
        "added",
        name="spy",
        topic_id=core.ref("events", "id"),
        listen=True,
    ),
    "topic of a stranger's": at(
        "events", "namespace_id", f"{THEIRS}/Microsoft.ServiceBus/namespaces/theirs"
    ),
    "archive of a stranger's topic": at(
        "archive", "topic_id", f"{THEIRS}/Microsoft.ServiceBus/namespaces/n/topics/t"
    ),
    "database logs to a stranger": at(
        "database logging", "log_analytics_workspace_id", FOREIGN_WORKSPACE
    ),
    "endpoint of a stranger's server": at(
        "database endpoint",
        "private_service_connection.private_connection_resource_id",
        f"{THEIRS}/Microsoft.DBforPostgreSQL/flexibleServers/theirs",
    ),
    "image of a stranger's": at(
        "app", "template.container.0.image", "theirs.azurecr.io/core:unreleased"
    ),
    "image from the web": at("app", "template.container.0.image", "docker.io/library/nginx"),
    "address in the environment": env("https://collector.evil.example/v1"),
    "bus of a stranger's": env("https://theirs.servicebus.windows.net/events", "STUDIO_EVENT_BUS"),
    "database of a stranger's": env("theirs.postgres.database.azure.com", "STUDIO_DATABASE_HOST"),
    "key of a stranger's": env(FOREIGN_KEY, "STUDIO_SIGNING_KEY"),
    "audit log of a stranger's": env("theirs", "STUDIO_AUDIT_BUCKET"),
    "domain of a stranger's": env("studio.evil.example", "STUDIO_DOMAIN"),
    "a host behind the domain": env("https://studio.acme.example@evil.example", "STUDIO_DOMAIN"),
    "another key than the signing key": told(
        "STUDIO_SIGNING_KEY", "operations key", "versionless_id"
    ),
    "mailboxes as the releases' identity": told(
        "STUDIO_MAILBOX_CLIENT_ID", "release identity", "client_id"
    ),
    "service as the mailboxes' identity": told("AZURE_CLIENT_ID", "mailbox identity", "client_id"),
    "proxy for what it sends": env("http://10.0.0.9:3128", "HTTPS_PROXY"),
    "code told by a variable": env("evil.py", "PYTHONSTARTUP"),
}
ENCRYPTION: dict[str, Edit] = {
    "database without its key": at("database", "customer_managed_key", None),
    "database under a foreign key": at(
        "database", "customer_managed_key.key_vault_key_id", FOREIGN_KEY
    ),
    "database under the signing key": refer(
        "database", "customer_managed_key.key_vault_key_id", "signing", "versionless_id"
    ),
    "backups under another key": at(
        "database", "customer_managed_key.geo_backup_key_vault_key_id", FOREIGN_KEY
    ),
    "key fetched as a stranger": at("database", "identity.identity_ids", [FOREIGN_IDENTITY]),
    "events without the core's key": at("bus", "customer_managed_key", None),
    "images without the core's key": at("registry", "encryption", None),
    "audit log without the core's key": at("audit", "customer_managed_key", None),
    "signing key in software": at("signing", "key_type", "EC"),
    "signing key of RSA": at("signing", "key_type", "RSA"),
    "signing key of another curve": at("signing", "curve", "P-256K"),
    "signing key that decrypts": at("signing", "key_opts", ["sign", "verify", "decrypt"]),
    "signing key in a stranger's vault": at(
        "signing", "key_vault_id", f"{THEIRS}/Microsoft.KeyVault/vaults/theirs"
    ),
    "data key that signs": at("database key", "key_opts", ["sign", "unwrapKey", "wrapKey"]),
    "data key of the other kind": lambda core: core.set(
        core.part("database key"), key_type="EC-HSM", curve="P-256", rotation_policy=None
    ),
    "one more key that signs": lambda core: core.add(
        "azurerm_key_vault_key",
        "added",
        name="added",
        key_vault_id=core.ref("vault", "id"),
        key_type="EC-HSM",
        curve="P-256",
        key_opts=["sign", "verify"],
        lifecycle={"prevent_destroy": True},
    ),
    "signing key that wraps": at("signing", "key_opts", ["sign", "verify", "wrapKey"]),
    "data key that never rotates": at("database key", "rotation_policy", None),
    "plain connections to the database": at("connections", "value", "off"),
    "nothing said of connections": drop("connections"),
    "old TLS to the database": at("tls", "value", "TLSv1"),
}
EXPOSURE: dict[str, Edit] = {
    "database on the internet": at("database", "public_network_access_enabled", True),
    "database with nothing said": at("database", "public_network_access_enabled", None),
    "database for Azure's addresses": lambda core: core.add(
        "azurerm_postgresql_flexible_server_firewall_rule",
        "added",
        name="azure",
        server_id=core.ref("database", "id"),
        start_ip_address=_AZURE,
        end_ip_address=_AZURE,
    ),
    "database with passwords": at("database", "authentication.password_auth_enabled", True),
    "database with nothing said of passwords": at("database", "authentication", None),
    "database without Entra": at("database", "authentication.active_directory_auth_enabled", False),
    "database of another tenant": at("database", "authentication.tenant_id", STRANGER),
    "administrator by name": lambda core: core.set(
        core.part("database"), administrator_login="root", administrator_password="hunter2"
    ),
    "database in a stranger's network": at(
        "database", "delegated_subnet_id", f"{FOREIGN_NETWORK}/subnets/s"
    ),
    "environment on the internet": at("environment", "internal_load_balancer_enabled", False),
    "environment with nothing said": at("environment", "internal_load_balancer_enabled", None),
    "calls in clear text": ingress("allow_insecure_connections", True),
    "calls from anywhere": ingress("ip_security_restriction", None),
    "calls from the world": ingress("ip_security_restriction.0.ip_address_range", "0.0.0.0/0"),
    "calls from another network": ingress(
        "ip_security_restriction.0.ip_address_range", "10.200.0.0/16"
    ),
    "calls from one more network": put(
        "app",
        "ingress.ip_security_restriction",
        {"name": "more", "action": "Allow", "ip_address_range": "10.0.0.0/8"},
    ),
    "calls from all but the network": ingress("ip_security_restriction.0.action", "Deny"),
    "calls on a port of its own": lambda core: core.set(
        core.part("app"),
        ingress=[
            {
                "external_enabled": True,
                "exposed_port": 8080,
                "target_port": 8080,
                "transport": "tcp",
                "traffic_weight": [{"percentage": 100, "latest_revision": True}],
            }
        ],
    ),
    "calls from any page": ingress(
        "cors", [{"allowed_origins": ["*"], "allow_credentials_enabled": True}]
    ),
    "registry on the internet": at("registry", "public_network_access_enabled", True),
    "images for anyone": at("registry", "anonymous_pull_enabled", True),
    "registry with a password": at("registry", "admin_enabled", True),
    "bus on the internet": at("bus", "public_network_access_enabled", True),
    "bus by key": at("bus", "local_auth_enabled", True),
    "audit log by key": at("audit", "shared_access_key_enabled", True),
    "audit log past its rules": at("audit", "network_rules.bypass", ["AzureServices"]),
    "zone of another name": at("zone", "name", "evil.example"),
    "one more public zone": lambda core: core.add(
        "azurerm_dns_zone",
        "added",
        name="evil.example",
        resource_group_name=core.ref("group", "name"),
    ),
    "core's name that leads elsewhere": at("record", "records", ["203.0.113.5"]),
    "core's name as somebody's resource": lambda core: core.set(
        core.part("record"),
        records=None,
        target_resource_id=f"{THEIRS}/Microsoft.Network/publicIPAddresses/theirs",
    ),
    "one more name": at("record", "name", "evil"),
    "proof of somebody else's": at("proof", "record", [{"value": "theirs"}]),
    "text under another name": at("proof", "name", "_acme-challenge"),
    "alias of the domain": lambda core: core.add(
        "azurerm_dns_cname_record",
        "added",
        name="www",
        zone_name=core.ref("zone", "name"),
        resource_group_name=core.ref("group", "name"),
        ttl=300,
        record="evil.example",
    ),
    "a domain for the service": lambda core: core.add(
        "azurerm_container_app_custom_domain",
        "added",
        name="studio.evil.example",
        container_app_id=core.ref("app", "id"),
    ),
}
NETWORK: dict[str, Edit] = {
    "all may come in": rule(),
    "callers from anywhere": changed("callers-in", source_address_prefix="*"),
    "callers from the internet": changed("callers-in", source_address_prefix="Internet"),
    "nothing ends what comes in": without("deny-all-in"),
    "nothing ends what goes out": without("deny-all-out"),
    "endpoints for anyone": changed(
        "runtimes-in", what="endpoints group", source_address_prefix="*"
    ),
    "endpoints with no last rule": without("deny-all-in", "endpoints group"),
    "any name": at("names", "application_rule_collection.0.rule.0.destination_fqdns", ["*"]),
    "a name that nobody declared": at(
        "names", "application_rule_collection.0.rule.0.destination_fqdns", ["evil.example"]
    ),
    "network that is another's neighbour": lambda core: core.add(
        "azurerm_virtual_network_peering",
        "added",
        name="theirs",
        resource_group_name=core.ref("group", "name"),
        virtual_network_name=core.ref("network", "name"),
        remote_virtual_network_id=FOREIGN_NETWORK,
    ),
    "database endpoint in a stranger's subnet": at(
        "database endpoint", "subnet_id", f"{FOREIGN_NETWORK}/subnets/s"
    ),
    "environment in a stranger's subnet": at(
        "environment", "infrastructure_subnet_id", f"{FOREIGN_NETWORK}/subnets/s"
    ),
}
IDENTITY: dict[str, Edit] = {
    "a stranger signs": at("signs", "principal_id", STRANGER),
    "the mailboxes' identity signs": grant(
        _SIGNER, "signing", "mailbox identity", "resource_versionless_id"
    ),
    "one of a data key signs": grant(
        _SIGNER, "signing", "operations identity", "resource_versionless_id"
    ),
    "service uses a data key": grant(
        _SIGNER, "operations key", "core identity", "resource_versionless_id"
    ),
    "signing over the whole vault": refer("signs", "scope", "vault"),
    "ruler over the signing key": at("signs", "role_definition_name", "Key Vault Crypto Officer"),
    "signing for who is declared for cells": at("signs", "principal_id", SUBJECTS["mailbox"]),
    "a stranger publishes": at("publishes", "principal_id", STRANGER),
    "somebody reads the events": grant(
        "Azure Service Bus Data Receiver", "archive", "mailbox identity"
    ),
    "publishing on the whole bus": refer("publishes", "scope", "bus"),
    "ruler over the bus": at("publishes", "role_definition_name", "Azure Service Bus Data Owner"),
    "audit log without its condition": lambda core: core.set(
        core.part("audit writes"), condition=None, condition_version=None
    ),
    "audit log on another condition": at("audit writes", "condition", "true"),
    "audit log's owner": at("audit writes", "role_definition_name", "Storage Blob Data Owner"),
    "releases write the audit log": grant(_CONTRIBUTOR, "audit container", "release identity"),
    "releases push to the source": at("release pulls", "role_definition_name", "AcrPush"),
    "mailboxes' identity pulls": grant("AcrPull", "registry", "mailbox identity"),
    "a stranger pulls": at("release pulls", "principal_id", STRANGER),
    "contributor of the group": grant("Contributor", "group", "core identity"),
    "a person rules the database": rules_over(STRANGER, "User"),
    "a group rules the database": rules_over(STRANGER, "Group"),
    "a stranger rules the database": at("administrator", "object_id", STRANGER),
    "the mailboxes' identity rules the database": refer(
        "administrator", "object_id", "mailbox identity", "principal_id"
    ),
    "administrator of another tenant": at("administrator", "tenant_id", STRANGER),
    "administrator under another name": at("administrator", "principal_name", "spy"),
    "a token of another cloud for mailboxes": issuer_of(
        "mailbox identity", "https://accounts.google.com", "999999999999999999999"
    ),
    "a workflow as the core": issuer_of(
        "core identity",
        "https://token.actions.githubusercontent.com",
        "repo:evil/estate:environment:production",
    ),
    "service acts as a stranger": at("app", "identity.identity_ids", [FOREIGN_IDENTITY]),
    "service acts as a data key's identity": lambda core: core.at(
        "app", "identity.identity_ids", [core.ref("operations identity", "id")]
    ),
    "service acts as itself alone": at("app", "identity.type", "SystemAssigned"),
    "image pulled as a data key's identity": refer(
        "app", "registry.0.identity", "operations identity"
    ),
    "image pulled by password": lambda core: core.at(
        "app",
        "registry",
        [
            {
                "server": "theirs.azurecr.io",
                "username": "spy",
                "password_secret_name": "password",
            }
        ],
    ),
    "secret in the service": at("app", "secret", [{"name": "password", "value": "hunter2"}]),
    "another app as the core": lambda core: core.add(
        "azurerm_container_app",
        "added",
        **{
            **copy.deepcopy(core.body(core.part("app"))),
            "name": "spy",
        },
    ),
}
DATA: dict[str, Edit] = {
    **{
        f"{part} that may be destroyed": meta(part, lifecycle={"prevent_destroy": False})
        for part in (
            "archive",
            "audit",
            "audit container",
            "content",
            "database",
            "database key",
            "events",
            "registry",
            "signing",
        )
    },
    "database changed in secret": meta(
        "database", lifecycle={"prevent_destroy": True, "ignore_changes": ["authentication"]}
    ),
    "database that nobody watches": meta(
        "database", lifecycle={"prevent_destroy": True, "ignore_changes": "all"}
    ),
    "backups of a week": at("database", "backup_retention_days", 7),
    "backups with nothing said": at("database", "backup_retention_days", None),
    "no standby": at("database", "high_availability", None),
    "statements that nobody sees": at("statements", "value", "none"),
    "database that logs nothing": drop("database logging"),
    "audit log that tells nothing": drop("audit logging"),
    "audit log unlocked": at("audit lock", "locked", False),
    "audit log locked for a day": at("audit lock", "immutability_period_in_days", 1),
    "audit log with no lock": drop("audit lock"),
    "code in the database": parameter("shared_preload_libraries", "pg_cron"),
    "extensions in the database": parameter("azure.extensions", "DBLINK"),
    "connections in clear text, said twice": parameter("require_secure_transport", "off"),
    "events kept for a day": at("archive", "default_message_ttl", "P1D"),
    "topic that forgets": at("events", "default_message_ttl", "PT1M"),
    "topic that goes when it is idle": at("events", "auto_delete_on_idle", "PT5M"),
    "archive that goes when it is idle": at("archive", "auto_delete_on_idle", "PT5M"),
    "alarm switched off": at("full alert", "enabled", False),
    "more instances than four": at("app", "template.max_replicas", 300),
}
PLANNED: dict[str, Edit] = {
    **{
        f"{part} destroyed": act(part, "delete")
        for part in ("archive", "audit", "content", "database", "events", "registry", "signing")
    },
    "database replaced": act("database", "delete", "create"),
    "signing key replaced": act("signing", "delete", "create"),
    "content forgotten": act("content", "forget"),
    "backups kept for less": was("database", "backup_retention_days", 34, 35),
}
"""What only a plan shows."""

BORROWED: dict[str, Edit] = {
    "a topic in a cell": lambda cell: cell.add(
        "azurerm_servicebus_topic",
        "added",
        name="added",
        namespace_id=cell.ref("bus", "id"),
        max_size_in_megabytes=1024,
        default_message_ttl="P365D",
        lifecycle={"prevent_destroy": True},
    ),
    "a public zone in a cell": lambda cell: cell.add(
        "azurerm_dns_zone",
        "added",
        name="studio.acme.example",
        resource_group_name=cell.ref("group", "name"),
        lifecycle={"prevent_destroy": True},
    ),
    "a key that signs in a cell": at("key", "key_opts", ["sign", "unwrapKey", "wrapKey"]),
    "a key of the other kind in a cell": lambda cell: cell.set(
        cell.part("key"), key_type="EC-HSM", curve="P-256", rotation_policy=None
    ),
    "a runtime that is called": at(
        "app",
        "ingress",
        [
            {
                "external_enabled": True,
                "target_port": 8080,
                "allow_insecure_connections": False,
                "ip_security_restriction": [
                    {"name": "own", "action": "Allow", "ip_address_range": "10.16.48.0/20"}
                ],
                "traffic_weight": [{"percentage": 100, "latest_revision": True}],
            }
        ],
    ),
    "a role that signs in a cell": grant(
        "Key Vault Crypto User", "key", "identity", "resource_versionless_id"
    ),
}
"""What the core may have, and a cell may not."""

UNWATCHED: dict[str, Edit] = {
    "a runtime whose replicas nobody watches": meta(
        "app", lifecycle={"ignore_changes": ["template[0].min_replicas"]}
    ),
}
"""What only a stack shows."""

_PLACES = ("residency-location", "residency-store", "residency-replica", "residency-transfer")
_KEYS = ("encryption-key", "encryption-missing")
_OPEN = ("exposure-public", "exposure-ingress")
_NETWORK = ("egress-undeclared", "exposure-ingress", "isolation-network")
_PEOPLE = ("identity-principal", "identity-trust", "identity-privilege")
_LOST = ("data-bearing-destroyed", "data-bearing-unprotected", "data-protection-weakened")
_ACCOUNT = ("isolation-account",)

_TOPICS: tuple[
    tuple[str, type[AzureCell], tuple[Stage, ...], Mapping[str, Edit], tuple[str, ...]], ...
] = (
    ("places", AzureCore, BOTH, PLACES, (*_PLACES, *_ACCOUNT)),
    ("movements", AzureCore, BOTH, MOVEMENTS, (*_PLACES, *_ACCOUNT, *_NETWORK)),
    ("encryption", AzureCore, BOTH, ENCRYPTION, (*_KEYS, *_OPEN, *_ACCOUNT, *_PEOPLE)),
    ("exposure", AzureCore, BOTH, EXPOSURE, (*_OPEN, *_NETWORK, *_ACCOUNT, "residency-transfer")),
    ("network", AzureCore, BOTH, NETWORK, (*_NETWORK, *_ACCOUNT)),
    ("identity", AzureCore, BOTH, IDENTITY, (*_PEOPLE, *_ACCOUNT)),
    ("data", AzureCore, BOTH, DATA, _LOST),
    ("loss", AzureCore, (Stage.PLAN,), PLANNED, _LOST),
    ("borrowed", AzureCell, BOTH, BORROWED, (*_OPEN, *_KEYS, *_PEOPLE)),
    ("unwatched", AzureCell, (Stage.STATIC,), UNWATCHED, ()),
)
"""Topic, the stack that is broken, where it can be seen, its breaches, and the controls that are
about them, beside `studio/undecided`."""


def _all() -> Iterator[Breach]:
    for topic, stack_of, stages, edits, controls in _TOPICS:
        for name, edit in edits.items():
            yield Breach(
                name=f"{topic}: {name}",
                of=stack_of,
                controls=frozenset(f"studio/{each}" for each in (*controls, "undecided")),
                edit=edit,
                stages=stages,
            )


CORE_BREACHES: tuple[Breach, ...] = tuple(_all())
