"""Who writes and reads an Azure cell's mailbox, and how its queues behave."""

from dataclasses import replace

import pytest
from support.azure_cells import (
    CORE,
    ISSUER,
    cell,
    expression,
    grants,
    runtime,
    stack,
    synthesize,
)

from agent_studio.estate import Scope
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.names import aws
from agent_studio.estate.scope import Subjects

INBOX = "mailbox/inbox"
QUEUES = {
    "mailbox/events/queue",
    "runtime-analyst/work/queue",
    "runtime-collector/work/queue",
    "runtime-talker/work/queue",
}


def having(kind: str, path: str) -> dict[str, tuple[str, str]]:
    """Who has which role on one resource, by the path of the grant."""
    on = expression(stack(), kind, path)
    return {
        at: (each.role, each.who.partition("assigned_identity.")[2].partition("_")[0])
        for at, each in grants(stack()).items()
        if each.on == on
    }


def test_the_core_alone_writes_and_deletes_no_blob() -> None:
    """The core's identity writes into the inbox, under a condition; the runtimes read."""
    assert having("azurerm_storage_container", INBOX) == {
        "mailbox/core-writes": ("Storage Blob Data Contributor", "core"),
        "identity-analyst/reads-mailbox": ("Storage Blob Data Reader", "identity-analyst"),
        "identity-collector/reads-mailbox": ("Storage Blob Data Reader", "identity-collector"),
        "identity-talker/reads-mailbox": ("Storage Blob Data Reader", "identity-talker"),
    }
    writes = stack().at("azurerm_role_assignment", "mailbox/core-writes")
    assert writes["condition"] == (
        "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'})"
    )
    assert writes["condition_version"] == "2.0"
    assert writes["principal_id"] == expression(
        stack(), "azurerm_user_assigned_identity", "core/mailbox", "principal_id"
    )


def test_what_comes_from_the_core_is_versioned_under_the_operations_key() -> None:
    """What is replaced or deleted is kept, for a year where it is deleted."""
    account = stack().at("azurerm_storage_account", "mailbox/account")
    assert account["blob_properties"]["versioning_enabled"] is True
    assert account["blob_properties"]["delete_retention_policy"] == {"days": 365}
    assert account["customer_managed_key"]["key_vault_key_id"] == expression(
        stack(), "azurerm_key_vault_key", "keys/operations", "versionless_id"
    )


def test_runtimes_send_events_and_the_core_takes_them() -> None:
    """The runtimes send and cannot take; the core takes and cannot send."""
    assert having("azurerm_servicebus_queue", "mailbox/events/queue") == {
        "mailbox/core-takes": ("Azure Service Bus Data Receiver", "core"),
        "identity-analyst/sends-events": ("Azure Service Bus Data Sender", "identity-analyst"),
        "identity-collector/sends-events": ("Azure Service Bus Data Sender", "identity-collector"),
        "identity-talker/sends-events": ("Azure Service Bus Data Sender", "identity-talker"),
    }


def test_queues_lie_in_one_closed_namespace_under_the_operations_key() -> None:
    """The namespace is in the region, encrypted twice, without shared keys or a public network."""
    (namespace,) = stack().of("azurerm_servicebus_namespace").values()
    assert namespace["location"] == "eastus2"
    assert namespace["sku"] == "Premium"
    assert namespace["public_network_access_enabled"] is False
    assert namespace["local_auth_enabled"] is False
    assert namespace["minimum_tls_version"] == "1.2"
    key = namespace["customer_managed_key"]
    assert key["infrastructure_encryption_enabled"] is True
    assert key["key_vault_key_id"] == expression(
        stack(), "azurerm_key_vault_key", "keys/operations", "versionless_id"
    )
    assert namespace["lifecycle"] == {"prevent_destroy": True}
    assert "network_rule_set" not in namespace, "the provider takes none that denies without a rule"
    logged = stack().at("azurerm_monitor_diagnostic_setting", "bus/logging")
    assert logged["enabled_log"] == [{"category_group": "allLogs"}]


def test_failed_messages_wait_apart_and_are_not_lost() -> None:
    """Five tries or 14 days, then the queue's dead letters; no plan destroys a queue."""
    queues = stack().of("azurerm_servicebus_queue")
    assert set(queues) == QUEUES
    home = expression(stack(), "azurerm_servicebus_namespace", "bus/namespace")
    for path, each in queues.items():
        assert each["namespace_id"] == home, path
        assert each["max_delivery_count"] == 5, path
        assert each["default_message_ttl"] == "P14D", path
        assert each["dead_lettering_on_message_expiration"] is True, path
        assert each["lock_duration"] == "PT5M", path
        assert each["lifecycle"] == {"prevent_destroy": True}, path
    for kind in stack().document["resource"]:
        assert "authorization_rule" not in kind, "a shared key"


@pytest.mark.parametrize("purpose", ["mailbox", "release"])
def test_the_core_comes_in_as_one_role_of_its_own_account(purpose: str) -> None:
    """Issuer, subject and audience of a token are compared as whole strings."""
    trust = stack().at("azurerm_federated_identity_credential", f"core/{purpose}-issuer")
    assert trust["issuer"] == ISSUER
    assert trust["subject"] == f"arn:aws:iam::111111111111:role/{aws.role(CORE, purpose)}"
    assert trust["audience"] == ["api://AzureADTokenExchange"]
    assert trust["parent_id"] == expression(
        stack(), "azurerm_user_assigned_identity", f"core/{purpose}"
    )


def test_only_the_cores_two_roles_come_in() -> None:
    """No other identity of the stack trusts a token from elsewhere."""
    assert set(stack().of("azurerm_federated_identity_credential")) == {
        "core/mailbox-issuer",
        "core/release-issuer",
    }


def test_without_an_issuer_nobody_comes_in() -> None:
    """Deny by default: an estate that declares no issuer of the core trusts none."""
    closed = synthesize(cell(runtime()), replace(CORE, issuer=None))
    assert closed.of("azurerm_federated_identity_credential") == {}
    assert set(closed.of("azurerm_user_assigned_identity")) >= {"core/mailbox", "core/release"}


GOOGLE = Scope(studio="acme", stack="core", account_id="acme-core", region="any", partition="")


@pytest.mark.parametrize("purpose", ["mailbox", "release"])
def test_a_core_on_google_cloud_comes_in_by_its_accounts_numbers(purpose: str) -> None:
    """Google's tokens of one account alone are taken; what else the core declares opens nothing."""
    numbers = Subjects(mailbox="101010101010101010101", release="202020202020202020202")
    found = synthesize(cell(runtime()), replace(GOOGLE, issuer=ISSUER, subjects=numbers))
    trust = found.at("azurerm_federated_identity_credential", f"core/{purpose}-issuer")
    assert trust["issuer"] == "https://accounts.google.com"
    assert trust["subject"] == getattr(numbers, purpose)
    assert trust["audience"] == ["api://AzureADTokenExchange"]


def test_a_core_on_google_cloud_that_nobody_declares_is_refused() -> None:
    """Nothing computes the numbers, so a cell asks for them, in one line."""
    with pytest.raises(StudioError) as raised:
        synthesize(cell(runtime()), GOOGLE)
    assert str(raised.value).startswith(
        "cell azure-eastus2-retail-us cannot know the core; found no core.subjects; "
        "allowed: core.subjects: {mailbox: <id>, release: <id>}; fix: apply the stack core"
    )
    assert raised.value.exit_code is ExitCode.INVALID


def test_a_mailbox_without_runtimes_has_no_reader_but_the_core() -> None:
    """A cell that runs nothing yet admits the core alone."""
    empty = synthesize(cell())
    on = {
        expression(empty, "azurerm_storage_container", INBOX),
        expression(empty, "azurerm_servicebus_queue", "mailbox/events/queue"),
    }
    assert {path for path, each in grants(empty).items() if each.on in on} == {
        "mailbox/core-takes",
        "mailbox/core-writes",
    }
