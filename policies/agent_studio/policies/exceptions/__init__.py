"""Exceptions: dated, owned and reasoned permissions for findings to pass.

`load_exceptions` reads `exceptions.yaml`, `applied` lets findings pass by it. The day is always
handed in, so that a verdict can be told for any day.
"""

from agent_studio.policies.exceptions.applied import Applied, applied
from agent_studio.policies.exceptions.loader import (
    ExceptionsInvalid,
    exceptions_file,
    load_exceptions,
    load_text,
)
from agent_studio.policies.exceptions.pattern import Pattern

__all__ = [
    "Applied",
    "ExceptionsInvalid",
    "Pattern",
    "applied",
    "exceptions_file",
    "load_exceptions",
    "load_text",
]
