"""What a plain scalar means: the core schema of YAML 1.2, with `_` in whole numbers."""

import re

_INT = re.compile(r"[-+]?[0-9](?:_?[0-9]){0,17}\Z")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:[eE][-+]?[0-9]{1,2})?\Z"
)
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def resolve(text: str) -> str | int | float | bool | None:
    """Give the meaning of an unquoted scalar.

    Numbers of more than 18 digits, `.inf` and `.nan` stay text: no field of an estate takes them,
    and as text the error shows them as they were written.

    >>> resolve("5_000_000"), resolve("0.5"), resolve("yes"), resolve("~")
    (5000000, 0.5, 'yes', None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text.replace("_", ""))
    if _FLOAT.match(text):
        return float(text)
    return text


def shown(text: str, *, limit: int = 60) -> str:
    """Give a value as an error shows it: printable, on one line, at most `limit` characters."""
    clean = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"`{clean}`" if len(clean) <= limit else f"`{clean[:limit]}...`"
