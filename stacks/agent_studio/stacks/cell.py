"""A cell's stack: everything that one account holds in one region."""

from constructs import Construct

from agent_studio.estate import Cell, Layer, Scope
from agent_studio.stacks.base import AwsStack, default_tags


class CellStack(AwsStack):
    """The unit of isolation, residency and blast radius, complete in its region.

    Args:
        scope: the app.
        cell: what the estate declares.
        core: the core's place, whose computed role names the cell's mailbox admits.
    """

    def __init__(self, scope: Construct, *, cell: Cell, core: Scope) -> None:
        tags = default_tags(
            cell.scope,
            owner=cell.account.owner,
            jurisdiction=cell.jurisdiction,
            layer=Layer.CELL.value,
        )
        super().__init__(scope, place=cell.scope, tags={**tags, "studio:cell": cell.id})
