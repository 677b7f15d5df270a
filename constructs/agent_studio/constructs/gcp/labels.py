"""Labels that every block of a cell sets."""

from agent_studio.estate.names import gcp as names

DATA_CLASS = "data-class"
"""The label that says which class of data a resource holds."""


def labels(purpose: str, data_class: str | None = None) -> dict[str, str]:
    """Give a resource's own labels; the provider's default labels carry studio, cell and owner.

    Args:
        purpose: what the resource is for within its stack.
        data_class: the class of data that the resource holds; None where it holds none.

    >>> labels("store", "personal")
    {'purpose': 'store', 'data-class': 'personal'}
    """
    own = {"purpose": names.label_value(purpose)}
    if data_class is not None:
        own[DATA_CLASS] = names.label_value(data_class)
    return own
