"""`WorkloadIdentity`: who a runtime is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.service_account_iam_policy import ServiceAccountIamPolicy
from constructs import Construct

from agent_studio.constructs.gcp.access import ATTACH, Access, apply_account
from agent_studio.constructs.gcp.identity.models import vertex_models
from agent_studio.estate.names import gcp as names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_studio.constructs.gcp.keys import CellKeys
    from agent_studio.constructs.gcp.logs import LogPipeline
    from agent_studio.constructs.gcp.mailbox import ControlMailbox
    from agent_studio.constructs.gcp.store import ResidentStore
    from agent_studio.estate import Cell, Runtime, Scope

PREDICT = "aiplatform.endpoints.predict"
"""The one permission that calling a model needs (Vertex AI, "Access control with IAM")."""


class WorkloadIdentity(Construct):
    """A runtime's own service account.

    Guarantee: an agent reaches the stores of the data classes that its runtime declares, the
    mailbox, and nothing else of the cell. Each role stands on the one resource that it is for; the
    permission to call models, which Vertex AI knows for a project alone, is given to those
    runtimes alone that declare any. The account has no key, and its own policy lets nobody take it
    on: Terraform's apply account may make a service run as it, and Cloud Run alone acts as it. It
    has no role on a key, a log or an image.

    Args:
        scope: the stack.
        id_: the construct's id.
        cell: where the runtime lies.
        runtime: its profile.
        keys: the cell's keys; each service uses them in the runtime's stead.
        stores: the cell's stores; those of other data classes are passed over.
        logs: the cell's logs; Cloud Run writes them in the runtime's stead.
        mailbox: the cell's mailbox.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        runtime: Runtime,
        keys: CellKeys,  # noqa: ARG002 - every cloud's identity takes them
        stores: Sequence[ResidentStore],
        logs: LogPipeline,  # noqa: ARG002 - every cloud's identity takes them
        mailbox: ControlMailbox,
    ) -> None:
        super().__init__(scope, id_)
        place = cell.scope
        account = ServiceAccount(
            self,
            "account",
            account_id=names.service_account(place, runtime.name),
            display_name=f"{runtime.name} in {cell.id}"[:_DISPLAY_LIMIT],
        )
        self.identity_id: str = account.email
        """Address of the service account."""
        self.vault_subject: str = account.unique_id
        """Whom the agents' tokens name to Vault: the number of the service account."""
        access = Access()
        access.grant(ATTACH, [apply_account(place)])
        self.access = ServiceAccountIamPolicy(
            self, "access", service_account_id=account.name, policy_data=access.document()
        )
        """What a service that acts as the account depends on: the leave to make it so."""
        touched = {each.name for each in runtime.data_classes}
        self._stores = tuple(each for each in stores if each.data_class.name in touched)
        for store in self._stores:
            store.admit(account.member)
        mailbox.admit(account.member)
        if vertex_models(runtime):
            _admit_to_models(self, place=place, runtime=runtime, member=account.member)

    @property
    def store_names(self) -> dict[str, str]:
        """Names of the stores that the agents reach, by data class."""
        return {each.data_class.name: each.store_name for each in self._stores}


_DISPLAY_LIMIT = 100
"""Characters of a service account's display name (IAM API, ServiceAccount)."""


def _admit_to_models(scope: Construct, *, place: Scope, runtime: Runtime, member: str) -> None:
    purpose = f"{runtime.name}-models"
    role = ProjectIamCustomRole(
        scope,
        "models",
        role_id=names.custom_role(place, purpose),
        title=f"Calls models: {runtime.name}"[:_DISPLAY_LIMIT],
        permissions=[PREDICT],
        stage="GA",
    )
    # A publisher's model is no resource of the project that a policy could be set on.
    ProjectIamMember(scope, "calls-models", project=place.account_id, role=role.name, member=member)
