"""Tags that every resource of a stack has: the provider on Azure knows no default tags.

Their names hold hyphens: private DNS zones and their links drop a tag with a colon without a word
(Azure Resource Manager, "Use tags to organize your Azure resources", limitations of Azure DNS;
issue 11748 of Azure/azure-rest-api-specs).
"""

from agent_studio.estate import Account, Layer, Scope
from agent_studio.estate.model import Cell

DATA_CLASS = "studio-data-class"
"""The tag that says which class of data a resource holds."""


def tags(cell: Cell, purpose: str, data_class: str | None = None) -> dict[str, str]:
    """Give all tags of a resource of a cell, or of the core.

    Args:
        cell: the cell that holds it, or the core's view.
        purpose: what the resource is for within its stack.
        data_class: the class of data that the resource holds; None where it holds none.
    """
    own = {
        **_shared(cell.scope, owner=cell.account.owner, jurisdiction=cell.jurisdiction),
        **_layer(cell),
        "studio-purpose": purpose,
    }
    if data_class is not None:
        own[DATA_CLASS] = data_class
    return own


def _layer(cell: Cell) -> dict[str, str]:
    if cell.stack == Layer.CORE.value:
        return {"studio-layer": Layer.CORE.value}
    return {"studio-layer": Layer.CELL.value, "studio-cell": cell.id}


def account_tags(place: Scope, account: Account, purpose: str) -> dict[str, str]:
    """Give all tags of a resource of a subscription's guardrails.

    Args:
        place: the guardrails' place.
        account: the subscription.
        purpose: what the resource is for within its stack.
    """
    return {
        **_shared(place, owner=account.owner, jurisdiction=account.home.jurisdiction),
        "studio-layer": "guardrails",
        "studio-purpose": purpose,
    }


def _shared(place: Scope, *, owner: str, jurisdiction: str) -> dict[str, str]:
    return {
        "studio-studio": place.studio,
        "studio-stack": place.stack,
        "studio-jurisdiction": jurisdiction,
        "studio-owner": owner,
    }
