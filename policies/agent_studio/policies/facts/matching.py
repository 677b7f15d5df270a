"""What rules of every cloud's table have in common."""

import re
from typing import Any

from agent_studio.policies.facts.table import Rule

_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?[A-Za-z]{0,3}$")
_SEARCHED = frozenset({"text", "policy"})


def matches_plainly(rule: Rule, value: Any) -> bool | None:
    """Whether a value is allowed by a rule that lists values, or that facts of their own judge.

    Args:
        rule: what it may be.
        value: what it is.

    Returns:
        None where the rule's word says more.
    """
    if not rule.word:
        return any(_same(value, each) for each in rule.values)
    # Texts are searched, and policies read, by facts of their own.
    return True if rule.word in _SEARCHED else None


def is_number(text: str) -> bool:
    """Whether a text is a number, with a unit or without.

    >>> is_number("90"), is_number("2Gi"), is_number("${var.x}")
    (True, True, False)
    """
    return bool(_NUMBER.match(text))


def _same(value: Any, allowed: Any) -> bool:
    if isinstance(allowed, bool):
        # Terraform takes the texts `true` and `false` for booleans, too.
        return isinstance(value, bool | str) and str(value).lower() == str(allowed).lower()
    return not isinstance(value, bool) and str(value) == str(allowed)
