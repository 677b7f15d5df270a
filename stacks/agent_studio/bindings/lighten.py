"""Make generated Python cheaper to import, with the same meaning."""

FUTURE = "from __future__ import annotations\n"
FIRST_IMPORT = "from pkgutil import extend_path\n"
LAST_IMPORT = "import typing_extensions\n"
HINTS_CALL = "typing.get_type_hints("
HINTS = "_type_hints = _cache(typing.get_type_hints)\n"


def lighten(text: str) -> str:
    """Let a generated module evaluate its annotations when they are first checked.

    Older generators of jsii evaluate every annotation at import, which is more than half of the
    cost of a provider module, and evaluate the type checks' hints again at each call. This does
    what the newer ones do (`jsii._type_checking.cached_type_hints`): annotations stay text (PEP
    563), and each function's hints are evaluated once.

    Args:
        text: a module as jsii-pacmak generated it.

    Returns:
        The lighter module; the same text where it has another form than expected.
    """
    parts = (FIRST_IMPORT, LAST_IMPORT, HINTS_CALL)
    if FUTURE in text or not all(part in text for part in parts):
        return text
    text = text.replace(HINTS_CALL, "_type_hints(")
    text = text.replace(
        FIRST_IMPORT, f"{FUTURE}from functools import cache as _cache\n{FIRST_IMPORT}", 1
    )
    return text.replace(LAST_IMPORT, f"{LAST_IMPORT}{HINTS}", 1)
