"""The resource group of a cell."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_azurerm.resource_group import ResourceGroup
from constructs import Construct

from agent_studio.constructs.azure.tags import tags
from agent_studio.estate.model import Cell
from agent_studio.estate.names import azure as names

__all__ = ["CellGroup"]

ID = "group"
"""The construct's id in the stack."""


class CellGroup(Construct):
    """The one resource group of a cell, which all of its blocks share.

    Guarantee: everything that the cell's stack makes lies in one group in the cell's own region,
    where the group's metadata lies too; no plan destroys it. Container Apps alone makes a second
    group, for the machines that it runs on.

    Args:
        scope: the cell's stack.
        id_: the block's id within the stack; `CellGroup.of` takes `group`.
        cell: the cell.
    """

    def __init__(self, scope: Construct, id_: str, *, cell: Cell) -> None:
        super().__init__(scope, id_)
        group = ResourceGroup(
            self,
            "group",
            name=names.resource_group(cell.scope),
            location=cell.region.name,
            tags=tags(cell, "group"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.name: str = group.name
        """The group's name, as a reference, so that the group is made first."""

    @classmethod
    def of(cls, scope: Construct, *, cell: Cell) -> CellGroup:
        """Give the group of the stack that holds `scope`, made when first asked for."""
        stack = TerraformStack.of(scope)
        found = stack.node.try_find_child(ID)
        return found if isinstance(found, cls) else cls(stack, ID, cell=cell)
