"""Workload tokens as each cloud signs them: their tenants, and the claims that tell who calls.

What cannot be had here is the clouds' own signature; everything else is in their form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from agent_studio.estate.model import Cell, Cloud, Runtime
from agent_studio.estate.names import aws, azure, gcp, vault

AWS_CLAIMS = "https://sts.amazonaws.com/"
"""Under it stand all claims of AWS's own (IAM User Guide, "Understanding token claims")."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Who a runtime of a cell is, in its cloud's words.

    Attributes:
        tenant: whose issuer signs its tokens.
        audience: for whom they are.
        subject: the claim `sub`.
        claims: all other claims that tell who calls from where.
        bound: the claims that a Vault role holds it to, besides subject and audience: name, or
            JSON pointer, to value.
    """

    tenant: str
    audience: str
    subject: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)

    def token_claims(self, **others: Any) -> dict[str, Any]:
        """The claims of a token of this workload, some of them replaced."""
        return {"sub": self.subject, "aud": self.audience, **self.claims, **others}


def workload(cell: Cell, runtime: Runtime) -> Workload:
    """Who a runtime of a cell is."""
    return {Cloud.AWS: _aws, Cloud.GCP: _gcp, Cloud.AZURE: _azure}[cell.cloud](cell, runtime)


def _aws(cell: Cell, runtime: Runtime) -> Workload:
    """A token of STS (GetWebIdentityToken): the subject is the task's role."""
    own = {"aws_account": cell.account.id, "source_region": cell.region.name}
    pointer = "/" + AWS_CLAIMS.replace("~", "~0").replace("/", "~1")
    return Workload(
        tenant=f"aws-{cell.account.id}",
        audience=vault.audience(cell.scope),
        subject=aws.role_arn(cell.scope, f"{runtime.name}-task"),
        claims={AWS_CLAIMS: {**own, "principal_tags": {"studio": cell.studio}}},
        bound={f"{pointer}/{name}": value for name, value in own.items()},
    )


def _gcp(cell: Cell, runtime: Runtime) -> Workload:
    """A token of the metadata server: the subject is the service account's number.

    It names no region; the service account is of one cell, and its address tells which (Google
    Cloud, "Verifying the identity of instances" and "Authenticating service-to-service").
    """
    email = gcp.service_account_email(cell.scope, runtime.name)
    number = str(uuid5(NAMESPACE_URL, email).int)[:21]
    return Workload(
        tenant="google",
        audience=vault.audience(cell.scope),
        subject=number,
        claims={"azp": number, "email": email, "email_verified": True},
        bound={"email": email},
    )


def _azure(cell: Cell, runtime: Runtime) -> Workload:
    """A token of Entra for a managed identity: the subject is the identity's object id.

    `xms_mirid`, which names the identity, is there for Microsoft's own audiences alone, so a role
    can't be bound to it (hashicorp/vault-plugin-auth-azure, issue 237).
    """
    tenant = cell.account.tenant or ""
    name = azure.identity(cell.scope, runtime.name)
    principal, client = (str(uuid5(NAMESPACE_URL, f"{name}/{of}")) for of in ("object", "client"))
    return Workload(
        tenant=f"entra-{tenant}",
        audience=vault.audience(cell.scope, tenant=tenant),
        subject=principal,
        claims={"oid": principal, "tid": tenant, "azp": client, "idtyp": "app"},
        bound={"oid": principal, "tid": tenant},
    )
