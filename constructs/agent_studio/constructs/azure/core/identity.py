"""Who the core service is, and as whom it comes to the cells.

Source: Microsoft Entra, "What are managed identities for Azure resources": whatever an identity is
attached to takes its tokens, and nothing else does.
"""

from dataclasses import dataclass

from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from agent_studio.constructs.azure.federation import MAILBOX, RELEASE
from agent_studio.constructs.azure.group import CellGroup
from agent_studio.constructs.azure.tags import tags
from agent_studio.constructs.core_view import SERVICE
from agent_studio.estate import Cell
from agent_studio.estate.names import azure as names


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A managed identity.

    Attributes:
        id: its resource id.
        name: its name, by which a database knows it.
        principal_id: its object id in Entra, which roles are given to.
        client_id: its client id, by which code asks for its tokens.
    """

    id: str
    name: str
    principal_id: str
    client_id: str


class CoreIdentities(Construct):
    """The three identities of the core: its own, and the two that cells know.

    Guarantee: none has a key, and none takes a token from elsewhere. They are attached to the core
    service alone, so nobody else takes their tokens. `mailbox` and `release` hold no role in the
    core's own stack, but that `release` reads the images that it copies.

    Entra makes up the object ids by which cells know `mailbox` and `release`, so the estate
    declares them once the core stands, as `core.subjects`. What each may do in a cell stands in the
    cell's own stack.

    Args:
        scope: the core's stack.
        id_: the construct's id.
        cell: the core's view.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        self._identities = {
            purpose: self._add(cell, purpose) for purpose in (SERVICE, MAILBOX, RELEASE)
        }

    def of(self, purpose: str) -> Identity:
        """Give an identity.

        Args:
            purpose: `core`, `mailbox` or `release`.
        """
        return self._identities[purpose]

    @property
    def ids(self) -> list[str]:
        """The resource ids of all three."""
        return [each.id for each in self._identities.values()]

    def _add(self, cell: Cell, purpose: str) -> Identity:
        name = names.identity(cell.scope, purpose)
        made = UserAssignedIdentity(
            self,
            purpose,
            name=name,
            location=cell.region.name,
            resource_group_name=CellGroup.of(self, cell=cell).name,
            tags=tags(cell, purpose),
        )
        return Identity(
            id=made.id, name=name, principal_id=made.principal_id, client_id=made.client_id
        )
