"""Workload tokens as each cloud signs them: their tenants, and the claims that tell who calls.

What cannot be had here is the clouds' own signature; everything else is in their form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from agent_studio.estate.model import Account, Cell, Cloud, Runtime
from agent_studio.estate.names import azure, gcp
from agent_studio.estate.vault import Workload, workload
from agent_studio.estate.vault.workloads import AWS_CLAIMS, aws_claims


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A workload with all that its cloud would sign.

    Attributes:
        tenant: whose issuer signs its tokens.
        workload: who Vault takes it for.
        claims: all other claims that tell who calls from where.
    """

    tenant: str
    workload: Workload
    claims: Mapping[str, Any] = field(default_factory=dict)

    def token_claims(self, **others: Any) -> dict[str, Any]:
        """The claims of a token of this workload, some of them replaced."""
        own = {"sub": self.workload.subject, "aud": self.workload.audience}
        return {**own, **self.claims, **others}


def tenant(account: Account) -> str:
    """Whose issuer signs an account's tokens: AWS has one an account, Entra one a tenant."""
    if account.cloud is Cloud.AWS:
        return f"aws-{account.id}"
    return "google" if account.cloud is Cloud.GCP else f"entra-{account.tenant}"


def caller(cell: Cell, runtime: Runtime, *, subject: str | None = None) -> Caller:
    """A runtime of a cell as it calls.

    Args:
        cell: the cell.
        runtime: the runtime.
        subject: the id that its cloud made up for it; by default one is made up here.
    """
    if subject is None and cell.cloud is not Cloud.AWS:
        subject = made_up(cell, runtime)
    who = workload(cell, runtime, subject=subject)
    return Caller(tenant=tenant(cell.account), workload=who, claims=_claims(cell, runtime, who))


def made_up(cell: Cell, runtime: Runtime) -> str:
    """An id as the cell's cloud makes one up for a runtime, the same each time."""
    if cell.cloud is Cloud.GCP:
        email = gcp.service_account_email(cell.scope, runtime.name)
        return str(uuid5(NAMESPACE_URL, email).int)[:21]
    return str(uuid5(NAMESPACE_URL, f"{azure.identity(cell.scope, runtime.name)}/object"))


def _claims(cell: Cell, runtime: Runtime, who: Workload) -> dict[str, Any]:
    if cell.cloud is Cloud.AWS:
        # A token of STS (GetWebIdentityToken).
        return {AWS_CLAIMS: {**aws_claims(cell), "principal_tags": {"studio": cell.studio}}}
    if cell.cloud is Cloud.GCP:
        # A token of the metadata server (Google Cloud, "Verifying the identity of instances").
        email = gcp.service_account_email(cell.scope, runtime.name)
        return {"azp": who.subject, "email": email, "email_verified": True}
    # A token of Entra for a managed identity (Microsoft identity platform, "Access token claims").
    client = str(uuid5(NAMESPACE_URL, f"{azure.identity(cell.scope, runtime.name)}/client"))
    return {"oid": who.subject, "tid": cell.account.tenant, "azp": client, "idtyp": "app"}
