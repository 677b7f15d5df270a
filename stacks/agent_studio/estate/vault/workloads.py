"""Who a runtime of a cell is, in the tokens that its cloud signs for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.model import Account, Cell, Cloud, Runtime
from agent_studio.estate.names import aws, azure, gcp, vault

AWS_CLAIMS = "https://sts.amazonaws.com/"
"""Under it stand all claims of AWS's own (IAM User Guide, "Understanding token claims")."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Who a runtime of a cell is, in its cloud's words.

    Attributes:
        audience: for whom its tokens are.
        subject: the claim `sub`.
        bound: the claims that a Vault role holds it to, besides subject and audience: name, or
            JSON pointer, to value.
    """

    audience: str
    subject: str
    bound: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MadeId:
    """An id that a cloud makes up for a resource of a stack.

    Attributes:
        type: the resource's type.
        naming: the argument that names it.
        name: its name.
        attribute: where its id stands.
    """

    type: str
    naming: str
    name: str
    attribute: str


def issuer(account: Account) -> str | None:
    """Who signs the tokens of an account's workloads.

    Returns:
        the claim `iss`; None for an AWS account of which the estate declares none, since AWS makes
        it up once outbound identity federation is enabled (IAM User Guide, "Federating AWS
        identities to external services").
    """
    if account.cloud is Cloud.AWS:
        return account.issuer
    if account.cloud is Cloud.GCP:
        return gcp.ISSUER
    return azure.token_issuer(account.tenant or "")


def workload(cell: Cell, runtime: Runtime, *, subject: str | None = None) -> Workload:
    """Who a runtime of a cell is.

    Args:
        cell: the cell.
        runtime: the runtime.
        subject: the id that its cloud made up for it: the unique id of a service account, the
            object id of a managed identity. On AWS the role's computed ARN is the subject.

    Raises:
        StudioError: the cloud makes ids up, and none is given.
    """
    audience = vault.audience(cell.scope, tenant=cell.account.tenant)
    if cell.cloud is Cloud.AWS:
        return Workload(
            audience=audience,
            subject=subject or aws.role_arn(cell.scope, f"{runtime.name}-task"),
            bound=_aws_claims(cell),
        )
    if subject is None:
        raise StudioError(
            f"nobody told who {runtime.name} in {cell.id} is",
            found="no subject",
            allowed="the unique id of its service account, or the object id of its identity",
            fix="take it from the resource, or from its state",
            exit_code=ExitCode.INVALID,
        )
    if cell.cloud is Cloud.GCP:
        # A token names no region. The service account is of one cell, and its address tells which
        # (Google Cloud, "Authenticating service-to-service").
        bound = {"email": gcp.service_account_email(cell.scope, runtime.name)}
    else:
        # `xms_mirid`, which names the identity, is there for Microsoft's own audiences alone, so a
        # role can't be bound to it (hashicorp/vault-plugin-auth-azure, issue 237).
        bound = {"oid": subject, "tid": cell.account.tenant or ""}
    return Workload(audience=audience, subject=subject, bound=bound)


def made_id(cell: Cell, runtime: Runtime) -> MadeId | None:
    """Where the subject of a runtime's tokens stands; None on AWS, where a name tells it."""
    if cell.cloud is Cloud.GCP:
        return MadeId(
            type="google_service_account",
            naming="account_id",
            name=gcp.service_account(cell.scope, runtime.name),
            attribute="unique_id",
        )
    if cell.cloud is Cloud.AZURE:
        return MadeId(
            type="azurerm_user_assigned_identity",
            naming="name",
            name=azure.identity(cell.scope, f"runtime-{runtime.name}"),
            attribute="principal_id",
        )
    return None


def aws_claims(cell: Cell) -> dict[str, str]:
    """The claims of STS that tell from where a role asks: AWS's name of each, and its value."""
    return {"aws_account": cell.account.id, "source_region": cell.region.name}


def _aws_claims(cell: Cell) -> dict[str, str]:
    pointer = "/" + AWS_CLAIMS.replace("~", "~0").replace("/", "~1")
    return {f"{pointer}/{name}": value for name, value in aws_claims(cell).items()}
