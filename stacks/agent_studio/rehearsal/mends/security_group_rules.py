"""EC2: the description of a rule that refers to a group or a prefix list, which moto drops.

Source: Amazon EC2 API Reference, `SecurityGroupRule`: every rule has a `Description`, whatever
its source is. moto reads it from an address range alone.
"""

from inspect import signature
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

_made = SecurityGroupRule.__init__
_PARAMETERS = signature(_made)


def _init(self: SecurityGroupRule, *words: Any, **named: Any) -> None:
    _made(self, *words, **named)
    given = _PARAMETERS.bind(self, *words, **named).arguments
    sources = [given.get(name) for name in ("ip_range", "source_group", "prefix_list_id")]
    texts = [source.get("Description") for source in sources if source]
    self.stated_description = next((text for text in texts if text), None)  # type: ignore[attr-defined]


def _description(self: SecurityGroupRule) -> str | None:
    """The description that came with the rule, or with a later change of it."""
    later = self.ip_range.get("Description") or self.source_group.get("Description")
    return later or getattr(self, "stated_description", None)


SecurityGroupRule.__init__ = _init  # type: ignore[method-assign]
SecurityGroupRule.description = property(_description)  # type: ignore[method-assign, assignment]
