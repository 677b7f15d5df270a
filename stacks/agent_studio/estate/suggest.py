"""Did you mean: the nearest of the names that exist."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 64


def nearest(found: str, candidates: Iterable[str]) -> str | None:
    """Give the candidate that a typing error most likely meant, or None.

    Args:
        found: what was written; longer texts than 64 characters are no typing errors.
        candidates: the names that exist.

    >>> nearest("egres", ["egress", "models"])
    'egress'
    """
    if len(found) > LONGEST:
        return None
    options = list(candidates)
    folded = {option.lower(): option for option in options}
    matches = get_close_matches(found.lower(), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def listed(names: Iterable[str], *, limit: int = 12) -> str:
    """Join names by commas, naming at most `limit` of them.

    >>> listed(["b", "a"]), listed([])
    ('a, b', 'none is declared')
    """
    ordered = sorted(names)
    if not ordered:
        return "none is declared"
    more = len(ordered) - limit
    return ", ".join(ordered[:limit]) + (f" and {more} more" if more > 0 else "")


def rename_fix(found: str, candidates: Iterable[str], otherwise: str) -> str:
    """Give the fix for an unknown name: the nearest one, or another way out."""
    options = list(candidates)
    near = nearest(found, options)
    return f"did you mean `{near}`?" if near else otherwise
