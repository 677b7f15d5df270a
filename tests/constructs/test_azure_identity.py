"""What an Azure runtime's identity may do, read off the synthesized stack."""

import pytest
from support.azure_cells import (
    COLLECTOR,
    Grant,
    expression,
    grants,
    identity,
    runtime,
    stack,
    synthesized,
)

THINKER = runtime("thinker", models=("azure/DataZoneStandard/gpt-5", "bedrock/amazon.nova-pro"))

ROLES = {
    "AcrPull",
    "AcrPush",
    "Azure Service Bus Data Receiver",
    "Azure Service Bus Data Sender",
    "Key Vault Crypto Service Encryption User",
    "Storage Blob Data Contributor",
    "Storage Blob Data Reader",
}


def of_runtime(name: str) -> dict[str, Grant]:
    """The roles of one runtime's identity."""
    who = expression(
        stack(), "azurerm_user_assigned_identity", f"identity-{name}/identity", "principal_id"
    )
    return {path: each for path, each in grants(stack()).items() if each.who == who}


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("analyst", ("internal", "personal")),
        ("collector", ("internal", "public")),
        ("talker", ("internal", "personal")),
    ],
)
def test_an_agent_reaches_what_its_runtime_declares_and_nothing_else(
    name: str, classes: tuple[str, ...]
) -> None:
    """Declared stores, the mailbox, the runtime's own queue and the images, each on its own."""
    container = "azurerm_storage_container"
    queue = "azurerm_servicebus_queue"
    wanted = {
        ("Storage Blob Data Contributor", expression(stack(), container, f"store-{each}/container"))
        for each in classes
    } | {
        ("Storage Blob Data Reader", expression(stack(), container, "mailbox/inbox")),
        ("Azure Service Bus Data Sender", expression(stack(), queue, "mailbox/events/queue")),
        (
            "Azure Service Bus Data Receiver",
            expression(stack(), queue, f"runtime-{name}/work/queue"),
        ),
        ("AcrPull", expression(stack(), "azurerm_container_registry", "registry/registry")),
    }
    given = of_runtime(name)
    assert {each[:2] for each in given.values()} == wanted
    assert len(given) == len(wanted)


def test_every_role_stands_on_one_resource_and_is_known() -> None:
    """No role is given on a group or the subscription, none to people, none administers."""
    for path, each in stack().of("azurerm_role_assignment").items():
        assert each["principal_type"] == "ServicePrincipal", path
        assert each["role_definition_name"] in ROLES, path
        assert "role_definition_id" not in each, path
        assert each["scope"].startswith(
            (
                "${azurerm_container_registry.",
                "${azurerm_key_vault_key.",
                "${azurerm_servicebus_queue.",
                "${azurerm_storage_container.",
            )
        ), path
    assert stack().of("azurerm_role_definition") == {}


def test_what_can_be_granted_is_what_the_stacks_grant() -> None:
    """Terraform's own identity may give the roles that the stacks give, so they have to agree."""
    from agent_studio.delivery.bootstrap.azure import GRANTED

    given = {**grants(stack()), **grants(synthesized(THINKER))}
    assert {each.role for each in given.values()} == set(GRANTED)


def test_no_identity_has_a_key_or_a_secret() -> None:
    """No stack makes an application, a password or a certificate for anybody."""
    for kind in stack().document["resource"]:
        assert not kind.startswith("azuread_"), kind
    assert set(stack().document["provider"]) == {"azurerm", "vault"}


def test_nobody_takes_on_a_runtimes_identity() -> None:
    """Only the core's two identities trust tokens from elsewhere."""
    for each in stack().of("azurerm_federated_identity_credential").values():
        assert each["parent_id"].startswith(identity("core")), each["parent_id"]


def test_each_runtime_has_an_identity_of_its_own_in_the_region() -> None:
    """Three runtimes, three identities, each attached to its own app alone."""
    attached = []
    for name in ("analyst", "collector", "talker"):
        own = stack().at("azurerm_user_assigned_identity", f"identity-{name}/identity")
        assert own["location"] == "eastus2"
        app = stack().at("azurerm_container_app", f"runtime-{name}/app")
        assert app["identity"]["type"] == "UserAssigned"
        attached += app["identity"]["identity_ids"]
        assert app["identity"]["identity_ids"] == [
            expression(stack(), "azurerm_user_assigned_identity", f"identity-{name}/identity")
        ]
    assert len(set(attached)) == 3


def test_a_runtime_that_declares_models_calls_the_cells() -> None:
    """One role more, on the cell's own account of models, for the runtimes that declare any."""
    found = synthesized(THINKER, COLLECTOR)
    on = expression(found, "azurerm_cognitive_account", "models/account")
    given = {path: each.role for path, each in grants(found).items() if each.on == on}
    assert given == {"identity-thinker/calls-models": "Cognitive Services OpenAI User"}
    assert stack().of("azurerm_cognitive_account") == {}


def test_models_of_other_clouds_give_no_role() -> None:
    """A runtime that declares Bedrock's models has the roles of one that declares none."""
    other = synthesized(runtime(models=("bedrock/amazon.nova-pro",)))
    assert set(grants(other)) == set(grants(synthesized(runtime())))
