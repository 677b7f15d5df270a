"""How the core comes into a cell: as itself, from its own cloud, without a key.

A core on Azure is its own managed identities, known by the object ids that Entra made up for them;
the cell's roles are given to those. Entra takes no token of its own in exchange for a managed
identity's (error AADSTS700236), so there is no identity of the cell's in between.

Entra knows an identity of another cloud by the issuer, the subject and the audience of its token
(Microsoft Entra, "Workload identity federation"). AWS makes up an issuer for each account once
outbound identity federation is turned on there, with the role's ARN as the subject (IAM, "Outbound
identity federation"); nothing computes that issuer, so the estate declares it. Google has one
issuer, and the number of the service account as the subject.
"""

from __future__ import annotations

import re

from cdktf import TerraformStack
from cdktf_cdktf_provider_azurerm.federated_identity_credential import FederatedIdentityCredential
from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate import Cell, Scope
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.names import aws as aws_names
from agent_studio.estate.names import azure as names
from agent_studio.estate.names import gcp as gcp_names
from agent_studio.estate.subjects import declared_subject

MAILBOX = "mailbox"
"""Purpose of the core's identity that writes into mailboxes and takes out events."""

RELEASE = "release"
"""Purpose of the core's identity that copies images into cells."""

PURPOSES = (MAILBOX, RELEASE)

AUDIENCE = "api://AzureADTokenExchange"
"""What a token is made out to when Entra shall exchange it."""

_ACCOUNT = re.compile(r"\d{12}")
_SUBSCRIPTION = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_ID = "core"


class CoreFederation(Construct):
    """What a cell knows the core by.

    Guarantee: a core on Azure enters as its own two managed identities, which the estate declares,
    one for the mailbox and one for releases. A core elsewhere enters as one of two identities of
    the cell's own, of which each takes the tokens of one role, or service account, of the core's
    own account alone. Issuer, subject and audience are compared as whole strings. Where the estate
    declares no issuer of a core on AWS, nobody enters.

    Args:
        scope: the cell's stack.
        id_: the id within the stack.
        cell: the cell.
        core: the core's place.

    Raises:
        StudioError: the core lies on Azure in another tenant, or it lies on Azure or Google Cloud
            and the estate does not declare who it is.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, core: Scope) -> None:
        super().__init__(scope, id_)
        if _SUBSCRIPTION.fullmatch(core.account_id):
            _require_tenant(cell, core)
            self._principals = {each: declared_subject(cell, core, each) for each in PURPOSES}
        else:
            self._principals = {each: self._identity(cell, core, each) for each in PURPOSES}

    @classmethod
    def of(cls, scope: Construct, *, cell: Cell, core: Scope) -> CoreFederation:
        """Give the stack's federation, made when it is first asked for.

        Args:
            scope: any construct of the cell's stack.
            cell: the cell.
            core: the core's place.
        """
        stack = TerraformStack.of(scope)
        found = stack.node.try_find_child(_ID)
        if isinstance(found, cls):
            return found
        return cls(stack, _ID, cell=cell, core=core)

    def principal_id(self, purpose: str) -> str:
        """Give the object id of the core's identity for a purpose.

        Args:
            purpose: `mailbox` or `release`.
        """
        return self._principals[purpose]

    def _identity(self, cell: Cell, core: Scope, purpose: str) -> str:
        group = CellGroup.of(self, cell=cell).name
        identity = UserAssignedIdentity(
            self,
            purpose,
            name=names.identity(cell.scope, f"core-{purpose}"),
            location=cell.region.name,
            resource_group_name=group,
            tags=tags(cell, f"core-{purpose}"),
        )
        issuer, subject = _token(cell, core, purpose)
        if issuer is not None:
            FederatedIdentityCredential(
                self,
                f"{purpose}-issuer",
                name="core",
                resource_group_name=group,
                parent_id=identity.id,
                issuer=issuer,
                audience=[AUDIENCE],
                subject=subject,
            )
        return str(identity.principal_id)


def _token(cell: Cell, core: Scope, purpose: str) -> tuple[str | None, str]:
    """Give issuer and subject of the tokens that a core on another cloud shows."""
    if _ACCOUNT.fullmatch(core.account_id):
        role = aws_names.role(core, purpose)
        return core.issuer, f"arn:{core.partition}:iam::{core.account_id}:role/{role}"
    return gcp_names.ISSUER, declared_subject(cell, core, purpose)


def _require_tenant(cell: Cell, core: Scope) -> None:
    """Refuse a core of another tenant: a managed identity is known in its own alone."""
    if cell.account.tenant != core.tenant:
        raise StudioError(
            f"cell {cell.id} lies in another Entra tenant than the core, which knows no identity "
            "of the core's",
            found=f"tenant {cell.account.tenant}",
            allowed=f"{core.tenant}, the core's",
            fix="put the cell into a subscription of the core's tenant, or the core on AWS or "
            "Google Cloud",
            exit_code=ExitCode.INVALID,
        )
