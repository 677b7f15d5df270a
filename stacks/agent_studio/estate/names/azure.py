"""Names on Azure. Limits are those of "Naming rules and restrictions for Azure resources".

`purpose` is a short noun in kebab case that says what the thing is for within its stack; a name is
unique for a (scope, purpose) pair. Names that Azure resolves in DNS (storage accounts, vaults,
registries, namespaces) are unique over all of Azure, so they depend on the subscription too.
"""

import uuid

from agent_studio.estate.names.digest import digest, fitted
from agent_studio.estate.scope import Scope


def _joined(*parts: str, limit: int, length: int = 12) -> str:
    """Join parts without hyphens, for names of letters and digits alone."""
    readable = "".join(c for part in parts for c in part.lower() if c.isascii() and c.isalnum())
    return readable[: limit - length] + digest(*parts, length=length)


def resource_group(scope: Scope) -> str:
    """Resource group: at most 90 characters, unique in its subscription."""
    return fitted(scope.studio, scope.stack, limit=90)


def storage_account(scope: Scope, purpose: str) -> str:
    """Storage account: 3 to 24 lower-case letters and digits, unique over all of Azure."""
    parts = (scope.studio, purpose, scope.account_id, scope.stack, scope.region)
    return _joined(*parts, limit=24)


def state_account(scope: Scope) -> str:
    """Storage account of the Terraform state of one subscription in one region."""
    return _joined(scope.studio, "state", scope.account_id, scope.region, limit=24)


def container(purpose: str) -> str:
    """Blob container: 3 to 63 characters, unique in its storage account."""
    return fitted(purpose, limit=63)


def key_vault(scope: Scope, purpose: str) -> str:
    """Key vault: 3 to 24 characters, a letter first, unique over all of Azure."""
    parts = (scope.studio, purpose, scope.account_id, scope.stack, scope.region)
    return fitted(*parts, limit=24, length=12)


def key(purpose: str) -> str:
    """Key within its vault: at most 127 characters."""
    return fitted(purpose, limit=127)


def identity(scope: Scope, purpose: str) -> str:
    """User-assigned managed identity: 3 to 128 characters; its DNS label takes 63."""
    return fitted(scope.studio, purpose, scope.stack, limit=63)


def network(scope: Scope) -> str:
    """Virtual network: 2 to 64 characters, unique in its resource group."""
    return fitted(scope.studio, scope.stack, limit=64)


def subnet(purpose: str) -> str:
    """Subnet: at most 80 characters, unique in its virtual network."""
    return fitted(purpose, limit=80)


def container_app(scope: Scope, purpose: str) -> str:
    """Container app: 2 to 32 characters, a letter first, no double hyphen."""
    return fitted(scope.studio, purpose, scope.stack, limit=32)


def container_environment(scope: Scope) -> str:
    """Container Apps environment: 2 to 60 characters, but the provider takes no digit as 60th."""
    return fitted(scope.studio, scope.stack, limit=59)


def registry(scope: Scope) -> str:
    """Container registry: 5 to 50 letters and digits, unique over all of Azure."""
    return _joined(scope.studio, scope.account_id, scope.stack, scope.region, limit=50)


def service_bus(scope: Scope) -> str:
    """Service Bus namespace: 6 to 50 characters, a letter first, unique over all of Azure."""
    return fitted(scope.studio, scope.account_id, scope.stack, scope.region, limit=50, length=12)


def database_server(scope: Scope) -> str:
    """PostgreSQL flexible server: 3 to 63 characters, unique over all of Azure."""
    return fitted(scope.studio, scope.account_id, scope.stack, scope.region, limit=63, length=12)


def queue(purpose: str) -> str:
    """Service Bus queue: at most 260 characters, unique in its namespace."""
    return fitted(purpose, limit=260)


def topic(purpose: str) -> str:
    """Service Bus topic, or a subscription to one: at most 50 characters."""
    return fitted(purpose, limit=50)


def token_issuer(tenant: str) -> str:
    """Who issues the tokens of a tenant's managed identities, as other clouds know it.

    Microsoft identity platform, "Access token claims reference": `iss` of tokens of version 1.0,
    which an application asks for unless it says otherwise.
    """
    return f"https://sts.windows.net/{tenant}/"


def token_audience(studio: str, tenant: str) -> str:
    """What the core's tokens for cells on other clouds are made out to.

    It is the identifier of an application of the tenant, which must hold the tenant's id (Microsoft
    Entra, "Restrictions on identifier URIs").
    """
    return f"api://{tenant}/{studio}-cells"


def log_workspace(scope: Scope) -> str:
    """Log Analytics workspace: 4 to 63 characters."""
    return fitted(scope.studio, scope.stack, limit=63)


def label(scope: Scope, purpose: str, *, limit: int = 63) -> str:
    """A name for anything else: `limit` is the service's longest name, in characters."""
    return fitted(scope.studio, purpose, scope.stack, limit=limit)


def workbook(scope: Scope, purpose: str) -> str:
    """Workbook: a UUID; the same for the same stack and purpose."""
    parts = (scope.studio, scope.account_id, scope.stack, scope.region, purpose)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def model_account(scope: Scope) -> str:
    """Azure OpenAI account: 2 to 64 characters; its subdomain is unique over all of Azure."""
    return fitted(scope.studio, scope.account_id, scope.stack, scope.region, limit=60, length=12)


def model_deployment(kind: str, model: str) -> str:
    """Deployment of a model: 2 to 64 characters, unique in its account."""
    return fitted(kind, model, limit=60)
