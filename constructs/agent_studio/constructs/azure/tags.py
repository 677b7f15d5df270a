"""Tags that every resource of a cell has: the provider on Azure knows no default tags."""

from agent_studio.estate.model import Cell

DATA_CLASS = "studio:data-class"
"""The tag that says which class of data a resource holds."""


def tags(cell: Cell, purpose: str, data_class: str | None = None) -> dict[str, str]:
    """Give all tags of a resource.

    Args:
        cell: the cell that holds it.
        purpose: what the resource is for within its stack.
        data_class: the class of data that the resource holds; None where it holds none.
    """
    own = {
        "studio:studio": cell.studio,
        "studio:stack": cell.stack,
        "studio:layer": "cell",
        "studio:cell": cell.id,
        "studio:jurisdiction": cell.jurisdiction,
        "studio:owner": cell.account.owner,
        "studio:purpose": purpose,
    }
    if data_class is not None:
        own[DATA_CLASS] = data_class
    return own
