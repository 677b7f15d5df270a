"""The texts of a synthesized stack, and which of them name a place."""

import re
from collections.abc import Iterator
from typing import Any

PLACES = frozenset({"location", "locations", "region", "regions", "data_locations", "zone"})
"""Fields that hold a place."""

WIDE = re.compile(r"(?i)\A(us|eu|asia|nam\d+|eur\d+|asia\d+)\Z")
"""Google's locations that are wider than a region."""


def fields(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a synthesized document, with the name of its nearest field."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key != "//":
                yield from fields(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from fields(each, name)
    elif isinstance(value, str):
        yield name, value
