"""Models that a cell's runtimes call, and where they process prompts."""

from typing import Any

from policies.breaches_azure.cell import MODEL, NAMED, STRANGER
from policies.breaches_azure.edits import (
    FOREIGN_ACCOUNT,
    FOREIGN_IDENTITY,
    FOREIGN_KEY,
    FOREIGN_NETWORK,
    THEIRS,
    Edit,
    add,
    at,
    drop,
    grant,
    put,
    refer,
)

_NEW = {"name": "x", "location": "uksouth", "resource_group_name": "g"}
_STRANGE = f"{THEIRS}/Microsoft.CognitiveServices/accounts/theirs"


def _undeclare(cell: Any) -> None:
    """The estate declares no models any more; the stack still serves them."""
    cell.declare(lambda estate: estate["runtimes"]["scribe"].pop("models"))


def _redeclare(cell: Any) -> None:
    """The estate declares another model than the stack serves."""
    other = MODEL.replace("gpt-4o", "gpt-4o-mini")
    cell.declare(lambda estate: estate["runtimes"]["scribe"].update(models=[other]))


def _deployed(model: str, kind: str, **values: Any) -> Edit:
    """One more deployment."""

    def edit(cell: Any) -> None:
        cell.add(
            "azurerm_cognitive_deployment",
            "added",
            name="more",
            cognitive_account_id=cell.ref("models", "id"),
            model={"format": "OpenAI", "name": model},
            sku={"name": kind, "capacity": 1},
            version_upgrade_option="OnceCurrentVersionExpired",
            **values,
        )

    return edit


def _told(name: str, value: str) -> Edit:
    """A variable of the runtime that calls models."""

    def edit(cell: Any) -> None:
        held = cell.body(cell.part("scribe app"))["template"]["container"][0]["env"]
        kept = [each for each in held if each["name"] != name]
        cell.at("scribe app", "template.container.0.env", [*kept, {"name": name, "value": value}])

    return edit


UNDECLARED: dict[str, Edit] = {
    "account of models": add(
        "azurerm_cognitive_account",
        **_NEW,
        kind="OpenAI",
        sku_name="S0",
        custom_subdomain_name="x",
        local_auth_enabled=False,
        public_network_access_enabled=False,
    ),
    "deployment that nobody declared": add(
        "azurerm_cognitive_deployment",
        name="d",
        cognitive_account_id="${azurerm_cognitive_account.a.id}",
        model={"format": "OpenAI", "name": "gpt-4o"},
        sku={"name": "Standard", "capacity": 1},
    ),
    "services of AI": add("azurerm_ai_services", **_NEW, sku_name="S0"),
    "hub of AI": add("azurerm_ai_foundry", **_NEW),
}

MODELS: dict[str, Edit] = {
    **{
        f"prompts processed by {kind}": at("deployment", "sku.name", kind)
        for kind in (
            "DataZoneBatch",
            "DataZoneProvisionedManaged",
            "DataZoneStandard",
            "GlobalBatch",
            "GlobalProvisionedManaged",
            "GlobalStandard",
            "ProvisionedManaged",
            "globalstandard",
            "GLOBALSTANDARD",
        )
    },
    "another model": at("deployment", "model.name", "gpt-4o-mini"),
    "another maker's model": at("deployment", "model.format", "DeepSeek"),
    "model of a variable": at("deployment", "model.name", "${var.model}"),
    "kind of a variable": at("deployment", "sku.name", "${var.kind}"),
    "model of a strange account": at("deployment", "cognitive_account_id", _STRANGE),
    "model without its filter": at("deployment", "rai_policy_name", "Microsoft.Nil"),
    "one more model": _deployed("gpt-4.1", "Standard"),
    "one more way to the same model": _deployed("gpt-4o", "GlobalStandard"),
    "models that nobody declares any more": _undeclare,
    "model that is not the declared one any more": _redeclare,
    "models elsewhere": at("models", "location", "eastus"),
    "models in the same jurisdiction": at("models", "location", "ukwest"),
    "models on the internet": at("models", "public_network_access_enabled", True),
    "models on the internet, with nothing said": at(
        "models", "public_network_access_enabled", None
    ),
    "models by shared key": at("models", "local_auth_enabled", True),
    "models by shared key, with nothing said": at("models", "local_auth_enabled", None),
    "models that reach out": at("models", "outbound_network_access_restricted", False),
    "models that reach out, with nothing said": at(
        "models", "outbound_network_access_restricted", None
    ),
    "models that reach a stranger": at("models", "fqdns", ["evil.example"]),
    "models that let in by default": at("models", "network_acls.default_action", "Allow"),
    "models that let in by default, with nothing said": at("models", "network_acls", None),
    "models that let an address in": at("models", "network_acls.ip_rules", ["203.0.113.5"]),
    "models that let services in": at("models", "network_acls.bypass", "AzureServices"),
    "models that let a network in": at(
        "models",
        "network_acls.virtual_network_rules",
        [{"subnet_id": f"{FOREIGN_NETWORK}/subnets/s"}],
    ),
    "models of every kind": at("models", "kind", "AIServices"),
    "services of another kind": at("models", "kind", "SpeechServices"),
    "models without their key": at("models", "customer_managed_key", None),
    "models under a foreign key": at(
        "models", "customer_managed_key.key_vault_key_id", FOREIGN_KEY
    ),
    "models of the system's making": at("models", "identity", {"type": "SystemAssigned"}),
    "models of a stranger": at("models", "identity.identity_ids", [FOREIGN_IDENTITY]),
    "models that keep files elsewhere": at(
        "models", "storage", [{"storage_account_id": FOREIGN_ACCOUNT}]
    ),
    "models that search elsewhere": at(
        "models",
        "custom_question_answering_search_service_id",
        f"{THEIRS}/Microsoft.Search/searchServices/s",
    ),
    "models asked elsewhere": at("models", "qna_runtime_endpoint", "https://evil.example"),
    "models in a strange subnet": at(
        "models",
        "network_injection",
        {"scenario": "agent", "subnet_id": f"{FOREIGN_NETWORK}/subnets/s"},
    ),
    "models with projects": at("models", "project_management_enabled", True),
    "models untold": drop("models logging"),
    "endpoint to strange models": at(
        "models endpoint", "private_service_connection.private_connection_resource_id", _STRANGE
    ),
    "endpoint to models of a longer name": refer(
        "models endpoint",
        "private_service_connection.private_connection_resource_id",
        "models",
        "id",
        "x",
    ),
    "strange models called": _told("AZURE_OPENAI_ENDPOINT", "https://theirs.openai.azure.com/"),
    "models of a longer name called": _told(
        "AZURE_OPENAI_ENDPOINT",
        "https://acme-00000000-0000-4000-8000-000000000001-cell-a4ace1477fffx.openai.azure.com/",
    ),
    "models called behind a user": _told(
        "AZURE_OPENAI_ENDPOINT",
        "https://acme-00000000-0000-4000-8000-000000000001-cell-a4ace1477fff.openai.azure.com"
        "@evil.example/",
    ),
    "models called in a region": _told(
        "AZURE_OPENAI_ENDPOINT", "https://swedencentral.api.cognitive.microsoft.com/"
    ),
    "models of another maker called": _told("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "models ruled": at("model use", "role_definition_name", "Cognitive Services Contributor"),
    "models deployed by the runtime": at(
        "model use", "role_definition_name", "Cognitive Services OpenAI Contributor"
    ),
    "models called by a stranger": at("model use", "principal_id", STRANGER),
    "models called by the core": refer(
        "model use", "principal_id", "mailbox identity", "principal_id"
    ),
    "models called by a runtime that declares none": grant(
        "Cognitive Services OpenAI User", "models", "identity"
    ),
    "every model of the group called": grant("Cognitive Services OpenAI User", "group", "scribe"),
    "key of the models beside them": lambda cell: cell.add(
        "azurerm_cognitive_account_customer_managed_key",
        "added",
        cognitive_account_id=cell.ref("models", "id"),
        key_vault_key_id=FOREIGN_KEY,
    ),
    "filter of its own": lambda cell: cell.add(
        "azurerm_cognitive_account_rai_policy",
        "added",
        name="open",
        cognitive_account_id=cell.ref("models", "id"),
        base_policy_name="Microsoft.Nil",
    ),
    "keys of the models": lambda cell: cell.data(
        "azurerm_cognitive_account",
        name=cell.ref("models", "name"),
        resource_group_name=cell.ref("group", "name"),
    ),
    "another runtime's work": grant("Azure Service Bus Data Receiver", "queue", "scribe"),
    "another runtime's identity": lambda cell: cell.put(
        "scribe app", "identity.identity_ids", cell.ref("identity", "id")
    ),
    "public data for who has none": lambda cell: cell.add(
        "azurerm_role_assignment",
        "added",
        scope=cell.ref("public container", "id"),
        role_definition_name="Storage Blob Data Contributor",
        principal_id=cell.ref("scribe", "principal_id"),
        principal_type="ServicePrincipal",
    ),
}

ADDRESSED: dict[str, Edit] = {
    "vault that lets more addresses in": at("vault", "network_acls.ip_rules", ["20.0.0.0/8"]),
    "vault that lets one more address in": at(
        "vault", "network_acls.ip_rules", [NAMED, "203.0.113.5"]
    ),
    "vault that lets the next addresses in": at("vault", "network_acls.ip_rules", ["20.0.0.0/27"]),
    "vault that lets the world in": at("vault", "network_acls.ip_rules", ["0.0.0.0/0"]),
    "vault that lets halves of the world in": at(
        "vault", "network_acls.ip_rules", ["0.0.0.0/1", "128.0.0.0/1"]
    ),
    "vault that lets in by default": at("vault", "network_acls.default_action", "Allow"),
    "vault with no rules": at("vault", "network_acls", None),
    "vault with no rule of addresses": at("vault", "network_acls.ip_rules", None),
    "account that lets CI in": lambda cell: (
        cell.set(cell.part("account"), public_network_access_enabled=True),
        cell.at("account", "network_rules.ip_rules", [NAMED]),
    ),
    "registry that lets CI in": lambda cell: cell.set(
        cell.part("registry"),
        public_network_access_enabled=True,
        network_rule_set=[
            {"default_action": "Deny", "ip_rule": [{"action": "Allow", "ip_range": NAMED}]}
        ],
    ),
    "models that let CI in": at("models", "network_acls.ip_rules", [NAMED]),
    "runtimes that let CI in": put(
        "runtimes group",
        "security_rule",
        {
            "access": "Allow",
            "direction": "Inbound",
            "name": "ci",
            "priority": 300,
            "protocol": "Tcp",
            "source_address_prefix": NAMED,
            "source_port_range": "*",
            "destination_address_prefix": "10.16.48.0/22",
            "destination_port_range": "443",
        },
    ),
}
"""Where the estate names addresses, for the vault alone."""
