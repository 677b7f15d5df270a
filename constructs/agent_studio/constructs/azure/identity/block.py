"""`WorkloadIdentity`: who a runtime is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.models import CellModels, azure_models
from agent_studio.constructs.azure.tags import tags
from agent_studio.estate.names import azure as names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_studio.constructs.azure.keys import CellKeys
    from agent_studio.constructs.azure.logs import LogPipeline
    from agent_studio.constructs.azure.mailbox import ControlMailbox
    from agent_studio.constructs.azure.store import ResidentStore
    from agent_studio.estate import Cell, Runtime


class WorkloadIdentity(Construct):
    """A runtime's own user-assigned managed identity.

    Guarantee: an agent reaches the stores of the data classes that its runtime declares, the
    mailbox, the runtime's own queue, the cell's images and, where its runtime declares any, the
    cell's models, and nothing else of the cell. Each role stands on the one container, queue,
    registry or account that it is for. The identity has no key and no
    secret: the platform gives its tokens to the runtime's own containers alone. It has no role on
    a key or a log; services use both in its stead.

    Args:
        scope: the stack.
        id_: the construct's id.
        cell: where the runtime lies.
        runtime: its profile.
        keys: the cell's keys; each service uses them in the runtime's stead, that of models too.
        stores: the cell's stores; those of other data classes are passed over.
        logs: the cell's logs; the platform writes them in the runtime's stead.
        mailbox: the cell's mailbox.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        runtime: Runtime,
        keys: CellKeys,
        stores: Sequence[ResidentStore],
        logs: LogPipeline,  # noqa: ARG002 - every cloud's identity takes them
        mailbox: ControlMailbox,
    ) -> None:
        super().__init__(scope, id_)
        identity = UserAssignedIdentity(
            self,
            "identity",
            name=names.identity(cell.scope, f"runtime-{runtime.name}"),
            location=cell.region.name,
            resource_group_name=CellGroup.of(self, cell=cell).name,
            tags=tags(cell, f"runtime-{runtime.name}"),
        )
        self.identity_id: str = identity.id
        """Resource id of the identity."""
        self.principal_id: str = identity.principal_id
        """Its object id in Entra, which roles are given to."""
        self.client_id: str = identity.client_id
        """Its client id, by which the runtime's code asks for its tokens."""
        self.vault_subject: str = identity.principal_id
        """Whom the agents' tokens name to Vault."""
        touched = {each.name for each in runtime.data_classes}
        self._stores = tuple(each for each in stores if each.data_class.name in touched)
        for store in self._stores:
            store.admit(self, self.principal_id)
        mailbox.admit(self, self.principal_id)
        self.model_endpoint: str | None = None
        """Where the runtime calls models; None where it declares none of Azure's."""
        if azure_models(runtime):
            models = CellModels.of(self, cell=cell, keys=keys)
            models.admit(self, self.principal_id)
            self.model_endpoint = models.endpoint

    @property
    def store_names(self) -> dict[str, str]:
        """Names of the stores that the agents reach, by data class."""
        return {each.data_class.name: each.store_name for each in self._stores}
