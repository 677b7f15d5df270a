"""Tags that every block of a cell sets."""

DATA_CLASS = "studio:data-class"
"""The tag that says which class of data a resource holds."""


def tags(name: str, data_class: str | None = None) -> dict[str, str]:
    """Give a resource's own tags; the provider's default tags carry studio, cell and owner.

    Args:
        name: unique for its Terraform type within the stack, so that a resource which Terraform
            made but could not record is found again by it.
        data_class: the class of data that the resource holds; None where it holds none.

    Returns:
        Never empty: the provider reports null against `{}` as drift.

    >>> tags("acme-store", "personal")
    {'Name': 'acme-store', 'studio:data-class': 'personal'}
    """
    own = {"Name": name}
    if data_class is not None:
        own[DATA_CLASS] = data_class
    return own
