"""How the core comes into a cell: as itself, from its own cloud, without a key.

Entra knows an identity of another cloud by the issuer, the subject and the audience of its token
(Microsoft Entra, "Workload identity federation"). AWS makes up an issuer for each account once
outbound identity federation is turned on there, with the role's ARN as the subject (IAM, "Outbound
identity federation"); nothing computes that issuer, so the estate declares it.
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

MAILBOX = "mailbox"
"""Purpose of the core's identity that writes into mailboxes and takes out events."""

RELEASE = "release"
"""Purpose of the core's identity that copies images into cells."""

AUDIENCE = "api://AzureADTokenExchange"
"""What a token is made out to when Entra shall exchange it."""

_ID = "core"


class CoreFederation(Construct):
    """What a cell knows the core by.

    Guarantee: the core enters as one of two identities of the cell's own, one for the mailbox and
    one for releases, and each takes the tokens of one role of the core's own account alone. Issuer,
    subject and audience are compared as whole strings. Where the estate declares no issuer of the
    core, nobody enters.

    Args:
        scope: the cell's stack.
        id_: the id within the stack.
        cell: the cell.
        core: the core's place.

    Raises:
        StudioError: the core lies on a cloud whose identities are not known here.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, core: Scope) -> None:
        super().__init__(scope, id_)
        if not re.fullmatch(r"\d{12}", core.account_id):
            raise StudioError(
                f"cell {cell.id} knows no identity of the core",
                found=f"core in {core.account_id}",
                allowed="a core on AWS",
                fix="name an account on AWS under core",
                exit_code=ExitCode.INVALID,
            )
        self._identities = {
            purpose: self._identity(cell, core, purpose) for purpose in (MAILBOX, RELEASE)
        }

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
        return self._identities[purpose].principal_id

    def _identity(self, cell: Cell, core: Scope, purpose: str) -> UserAssignedIdentity:
        group = CellGroup.of(self, cell=cell).name
        identity = UserAssignedIdentity(
            self,
            purpose,
            name=names.identity(cell.scope, f"core-{purpose}"),
            location=cell.region.name,
            resource_group_name=group,
            tags=tags(cell, f"core-{purpose}"),
        )
        if core.issuer is not None:
            role = aws_names.role(core, purpose)
            FederatedIdentityCredential(
                self,
                f"{purpose}-issuer",
                name="core",
                resource_group_name=group,
                parent_id=identity.id,
                issuer=core.issuer,
                audience=[AUDIENCE],
                subject=f"arn:{core.partition}:iam::{core.account_id}:role/{role}",
            )
        return identity
