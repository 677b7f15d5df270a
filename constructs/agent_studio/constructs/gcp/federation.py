"""How the core comes into a cell: as itself, from its own cloud, without a key.

A core on AWS is known by the role that it has taken on, through a workload identity pool which
trusts that one account and those roles alone (IAM, "Configure Workload Identity Federation with
AWS or Azure VMs"). A core on Azure shows a token of one of its managed identities, which a pool
knows by the object id that Entra made up for it. A core on Google Cloud is its own service account.
Roles are granted to that identity itself, with no account in between that another could take on.
"""

from __future__ import annotations

import re

from cdktf import TerraformStack
from cdktf_cdktf_provider_google.iam_workload_identity_pool import IamWorkloadIdentityPool
from cdktf_cdktf_provider_google.iam_workload_identity_pool_provider import (
    IamWorkloadIdentityPoolProvider,
    IamWorkloadIdentityPoolProviderAws,
    IamWorkloadIdentityPoolProviderOidc,
)
from constructs import Construct

from agent_studio.estate import Cell, Scope
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import aws as aws_names
from agent_studio.estate.names import azure as azure_names
from agent_studio.estate.names import gcp as names
from agent_studio.estate.subjects import declared_subject

MAILBOX = "mailbox"
"""Purpose of the core's identity that writes into mailboxes and takes out events."""

RELEASE = "release"
"""Purpose of the core's identity that copies images into cells."""

_PURPOSES = (MAILBOX, RELEASE)
_ROLE = "assertion.arn.extract('assumed-role/{role}/')"
_ID = "core"


class CoreFederation(Construct):
    """What a cell knows the core by.

    Guarantee: an identity from AWS enters only as one of the core's two roles, from the core's own
    account; the session's name is of no matter. One from Azure enters only as one of the core's two
    managed identities, which the estate declares, of the core's own tenant. The pool is the cell's
    own, so that what the core shows to one cell is worth nothing in another.

    Args:
        scope: the cell's stack.
        id_: the id within the stack.
        cell: the cell.
        core: the core's place.

    Raises:
        StudioError: the core lies on a cloud whose identities are not known here, or on Azure and
            the estate does not declare who it is.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell, core: Scope) -> None:
        super().__init__(scope, id_)
        self._cell, self._core = cell, core
        self._pool: IamWorkloadIdentityPool | None = None
        if _on_google(core):
            return
        if core.tenant is None and not re.fullmatch(r"\d{12}", core.account_id):
            raise StudioError(
                f"cell {cell.id} knows no identity of the core",
                found=f"core in {core.account_id}, of no tenant",
                allowed="a core on AWS, Google Cloud, or Azure in a tenant",
                fix="set tenant under accounts for the core's subscription",
            )
        place = cell.scope
        self._pool = IamWorkloadIdentityPool(
            self,
            "pool",
            workload_identity_pool_id=names.identity_pool(place, "core"),
            display_name="The core",
            description=f"How the core comes into {cell.id}",
        )
        if core.tenant is not None:
            self._trust_tenant(place, core.tenant, self._pool)
            return
        IamWorkloadIdentityPoolProvider(
            self,
            "provider",
            workload_identity_pool_id=self._pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=names.identity_pool(place, "aws"),
            display_name="The core's account on AWS",
            aws=IamWorkloadIdentityPoolProviderAws(account_id=core.account_id),
            # A subject has at most 127 bytes (IAM, "Attribute mappings"), fewer than an ARN with a
            # session's name can have; a role's name has at most 64.
            attribute_mapping={"google.subject": _ROLE, "attribute.aws_role": _ROLE},
            attribute_condition=" || ".join(
                f"assertion.arn.startsWith('{_session(core, each)}')" for each in _PURPOSES
            ),
        )

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

    def member(self, purpose: str) -> str:
        """Give the core's identity for a purpose, as a member of IAM policies.

        Args:
            purpose: `mailbox` or `release`.
        """
        if self._pool is None:
            return f"serviceAccount:{names.service_account_email(self._core, purpose)}"
        if self._core.tenant is not None:
            subject = declared_subject(self._cell, self._core, purpose)
            return f"principal://iam.googleapis.com/{self._pool.name}/subject/{subject}"
        role = aws_names.role(self._core, purpose)
        return f"principalSet://iam.googleapis.com/{self._pool.name}/attribute.aws_role/{role}"

    def _trust_tenant(self, place: Scope, tenant: str, pool: IamWorkloadIdentityPool) -> None:
        """Take the tokens of two managed identities of a tenant, made out to the studio's cells."""
        core = self._core
        IamWorkloadIdentityPoolProvider(
            self,
            "provider",
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=names.identity_pool(place, "azure"),
            display_name="The core's tenant of Entra",
            oidc=IamWorkloadIdentityPoolProviderOidc(
                issuer_uri=azure_names.token_issuer(tenant),
                allowed_audiences=[azure_names.token_audience(core.studio, tenant)],
            ),
            attribute_mapping={"google.subject": "assertion.sub"},
            attribute_condition=" || ".join(
                f"assertion.sub == '{declared_subject(self._cell, core, each)}'"
                for each in _PURPOSES
            ),
        )


def _on_google(core: Scope) -> bool:
    # Project ids begin with a letter (Resource Manager, "Creating and managing projects"); a
    # subscription's UUID may do so too, but is longer than the 30 characters of a project's id.
    return re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", core.account_id) is not None


def _session(core: Scope, purpose: str) -> str:
    role = aws_names.role(core, purpose)
    return f"arn:{core.partition}:sts::{core.account_id}:assumed-role/{role}/"
