"""Names that stay unique within a limit."""

import hashlib
import re

_OTHER = re.compile(r"[^a-z0-9]+")


def digest(*parts: str, length: int = 8) -> str:
    """Give `length` hexadecimal characters that tell apart any two lists of parts.

    The parts are joined by a character that none of them holds, so `("a-b", "c")` and
    `("a", "b-c")` differ.
    """
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:length]


def fitted(*parts: str, limit: int, length: int = 8) -> str:
    """Join parts by `-`, cut to the limit, and end with a digest of the uncut parts.

    Args:
        parts: what the name is made of, most general first.
        limit: the longest name that the cloud takes, in characters.
        length: the digest's length in hexadecimal characters.

    Returns:
        Lower-case letters, digits and single hyphens; starts as the first part does.

    >>> fitted("acme", "cell", "store", limit=63)[:16]
    'acme-cell-store-'
    >>> len(fitted("acme", "x" * 80, limit=63))
    63
    """
    readable = _OTHER.sub("-", "-".join(parts).lower()).strip("-")
    return f"{readable[: limit - length - 1].rstrip('-')}-{digest(*parts, length=length)}"
