"""Who has which role on which resource.

Every grant names one resource, or one container or queue in it, never a group or a subscription.
Sources: Azure RBAC, "Azure built-in roles" and "What is Azure attribute-based access control".
"""

from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from constructs import Construct

BLOB_READER = "Storage Blob Data Reader"
BLOB_WRITER = "Storage Blob Data Contributor"
IMAGE_PULLER = "AcrPull"
IMAGE_PUSHER = "AcrPush"
KEY_USER = "Key Vault Crypto Service Encryption User"
"""Read a key's metadata, wrap and unwrap with it; no more."""

KEY_SIGNER = "Key Vault Crypto User"
"""Use a key for what it is made for, read its metadata and back it up. No built-in role holds
signing alone."""

MODEL_USER = "Cognitive Services OpenAI User"
"""Call models; neither deploy, tune nor list keys."""

QUEUE_READER = "Azure Service Bus Data Receiver"
QUEUE_SENDER = "Azure Service Bus Data Sender"

NO_DELETE = (
    "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'})"
)
"""Condition of a role that may write blobs and delete none."""

_CONDITION_VERSION = "2.0"


def grant(
    scope: Construct,
    id_: str,
    *,
    role: str,
    on: str,
    principal_id: str,
    condition: str | None = None,
) -> RoleAssignment:
    """Give a role on one resource to one identity.

    Args:
        scope: the block that grants it.
        id_: the assignment's id within it.
        role: the built-in role's name.
        on: the resource's id.
        principal_id: the identity's object id in Entra.
        condition: what has to hold besides; None asks for nothing.
    """
    return RoleAssignment(
        scope,
        id_,
        scope=on,
        role_definition_name=role,
        principal_id=principal_id,
        principal_type="ServicePrincipal",
        condition=condition,
        condition_version=None if condition is None else _CONDITION_VERSION,
    )
