"""Address ranges as AWS's resources give them."""

from typing import Any

from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import UNKNOWN, known


def cidr(resources: Resources, value: Any) -> str | None:
    """An address range; one that is another resource's is read there. None: can't be known."""
    if isinstance(value, str) and value.endswith(".cidr_block}"):
        other = resources.referred(value)
        value = other.values.get("cidr_block") if other else UNKNOWN
    return value if isinstance(value, str) and known(value) else None
