"""Quantities as people write them."""

import re

_MEMORY = re.compile(r"^(\d{1,6}(?:\.\d{1,3})?)(MiB|GiB)$")


def memory_mib(value: object) -> object:
    """Read an amount of memory.

    Args:
        value: `512MiB`, `2GiB` or a whole number of MiB.

    Returns:
        The amount in MiB.

    Raises:
        ValueError: the text is not an amount of memory.

    >>> memory_mib("2GiB"), memory_mib("512MiB"), memory_mib(1024)
    (2048, 512, 1024)
    """
    if not isinstance(value, str):
        return value
    found = _MEMORY.match(value)
    if not found:
        raise ValueError("expected an amount such as 512MiB or 2GiB")
    mib = float(found[1]) * (1024 if found[2] == "GiB" else 1)
    if mib != int(mib):
        raise ValueError("expected a whole number of MiB")
    return int(mib)
