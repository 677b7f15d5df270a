"""Route 53 zones: who can ask for the names in them, and whose names they are."""

from collections.abc import Iterator
from typing import Any

from agent_studio.policies.facts.builders import connection
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import known, listed

_AMAZONS = ("amazonaws.com", "amazonaws.com.cn", "aws")


def zones(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every zone's name, and whether it is for a network or for everyone.

    Without a `vpc` a zone is public (Terraform AWS provider, `aws_route53_zone`). A private zone
    goes before what the internet says of its names (Route 53 Developer Guide, "Considerations when
    working with a private hosted zone"), so that one named like an endpoint of AWS's catches calls
    to it. The estate gives a domain to the core alone. That a zone's network is of this stack, the
    parts of networks tell.
    """
    for zone in resources.of_type("aws_route53_zone"):
        if place.layer != "core":
            yield connection(
                zone,
                kind="public",
                what="is a zone of names that everyone can look up",
                own=bool(listed(zone.values.get("vpc"))),
            )
        yield _name(zone, zone.values.get("name"))


def _name(zone: Resource, value: Any) -> Fact:
    text = value.rstrip(".").lower() if isinstance(value, str) and known(value) else None
    ours = text is not None and not any(_meet(text, own) for own in _AMAZONS)
    return connection(
        zone,
        kind="filter",
        what=f"answers for names of AWS's own ({text})",
        peer=text or "",
        own=ours,
        unknown=None if text else "the names that it answers for",
    )


def _meet(one: str, other: str) -> bool:
    """Whether one of two names lies within the other: `com` answers for all of Amazon's, too."""
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")
