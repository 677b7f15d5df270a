"""Names on Google Cloud. Limits are those of each service's documentation.

`purpose` is a short noun in kebab case that says what the thing is for within its stack; a name is
unique for a (scope, purpose) pair. `Scope.account_id` is the project's id.
"""

import re

from agent_studio.estate.names.digest import digest, fitted
from agent_studio.estate.scope import Scope

ISSUER = "https://accounts.google.com"
"""Who issues the tokens of service accounts, as other clouds know it (Google Cloud, "Get an ID
token": `iss`)."""

_LABEL_LIMIT = 63


def bucket(scope: Scope, purpose: str) -> str:
    """Cloud Storage bucket: 3 to 63 characters, unique over all of Google Cloud (bucket names)."""
    return fitted(scope.studio, purpose, scope.account_id, scope.stack, scope.region, limit=63)


def state_bucket(scope: Scope) -> str:
    """Bucket of the Terraform state of every stack of one project in one region."""
    return fitted(scope.studio, "state", scope.account_id, scope.region, limit=63)


def service_account(scope: Scope, purpose: str) -> str:
    """Service account id: 6 to 30 characters, unique in its project (IAM, service accounts)."""
    return fitted(scope.studio, purpose, scope.stack, scope.region, limit=30)


def service_account_email(scope: Scope, purpose: str) -> str:
    """Address of `service_account`."""
    return f"{service_account(scope, purpose)}@{scope.account_id}.iam.gserviceaccount.com"


def account_service_account(studio: str, purpose: str) -> str:
    """A service account that every project holds once: `plan`, `apply`, `state`."""
    return fitted(studio, "studio", purpose, limit=30)


def account_service_account_email(scope: Scope, purpose: str) -> str:
    """Address of `account_service_account` in the scope's project."""
    name = account_service_account(scope.studio, purpose)
    return f"{name}@{scope.account_id}.iam.gserviceaccount.com"


def key_ring(scope: Scope) -> str:
    """Cloud KMS key ring: at most 63 characters, never deleted (Cloud KMS, resource names)."""
    return fitted(scope.studio, scope.stack, limit=63)


def key(purpose: str) -> str:
    """Cloud KMS key within its ring: at most 63 characters."""
    return fitted(purpose, limit=63)


def key_id(scope: Scope, purpose: str) -> str:
    """Resource name of `key`."""
    ring = f"projects/{scope.account_id}/locations/{scope.region}/keyRings/{key_ring(scope)}"
    return f"{ring}/cryptoKeys/{key(purpose)}"


def network(scope: Scope) -> str:
    """VPC network: at most 63 characters, RFC 1035 (Compute Engine, naming resources)."""
    return fitted(scope.studio, scope.stack, limit=63)


def subnet(scope: Scope, purpose: str) -> str:
    """Subnet: at most 63 characters, RFC 1035."""
    return fitted(scope.studio, purpose, scope.stack, limit=63)


def repository(scope: Scope, purpose: str) -> str:
    """Artifact Registry repository: at most 63 characters, a letter first."""
    return fitted(scope.studio, purpose, scope.stack, limit=63)


def service(scope: Scope, purpose: str) -> str:
    """Cloud Run service: at most 49 characters (Cloud Run, services)."""
    return fitted(scope.studio, purpose, scope.stack, limit=49)


def topic(scope: Scope, purpose: str) -> str:
    """Pub/Sub topic or subscription: 3 to 255 characters, a letter first, not `goog` first."""
    return fitted(scope.studio, purpose, scope.stack, scope.region, limit=255)


def secret(scope: Scope, purpose: str) -> str:
    """Secret Manager secret: at most 255 characters."""
    return fitted(scope.studio, purpose, scope.stack, limit=255)


def log_bucket(scope: Scope, purpose: str) -> str:
    """Cloud Logging bucket: at most 100 characters (Cloud Logging, configure log buckets)."""
    return fitted(scope.studio, purpose, scope.stack, limit=100)


def label(scope: Scope, purpose: str, *, limit: int = 63) -> str:
    """A name for anything else: `limit` is the service's longest name, in characters."""
    return fitted(scope.studio, purpose, scope.stack, limit=limit)


def identity_pool(scope: Scope, purpose: str) -> str:
    """Workload identity pool or provider: 4 to 32 characters, not `gcp-` first (IAM, pools).

    A studio may be called `gcp`, so another word comes first.
    """
    return fitted("pool", scope.studio, purpose, scope.stack, limit=32)


def custom_role(scope: Scope, purpose: str) -> str:
    """Custom role of a project: 3 to 64 letters, digits, periods and underscores (IAM, roles)."""
    return fitted(scope.studio, purpose, scope.stack, limit=64).replace("-", "_")


def log_bucket_id(scope: Scope, purpose: str) -> str:
    """Resource name of `log_bucket`."""
    place = f"projects/{scope.account_id}/locations/{scope.region}"
    return f"{place}/buckets/{log_bucket(scope, purpose)}"


def topic_id(scope: Scope, purpose: str) -> str:
    """Resource name of `topic`."""
    return f"projects/{scope.account_id}/topics/{topic(scope, purpose)}"


def label_value(text: str) -> str:
    """A label's value: at most 63 lower-case letters, digits, hyphens (Resource Manager, labels).

    >>> label_value("EU")
    'eu'
    >>> len(label_value("x" * 80))
    63
    """
    readable = re.sub(r"[^a-z0-9_-]+", "-", text.lower())
    if len(readable) <= _LABEL_LIMIT:
        return readable
    return f"{readable[: _LABEL_LIMIT - 9]}-{digest(text)}"
