"""Whose a key is."""

import re

from agent_studio.policies.facts.arns import parsed
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import UNKNOWN, known

_KEY_TYPES = ("aws_kms_key", "aws_kms_alias", "aws_kms_external_key", "aws_kms_replica_key")
_ID = re.compile(r"^(mrk-)?[0-9a-f]{8}-?[0-9a-f-]{20,36}$")


def key_kind(resources: Resources, place: Place, value: object) -> tuple[str, str | None]:
    """Tell whose a KMS key is.

    Args:
        resources: the stack's resources.
        place: the stack.
        value: a key id, ARN, alias or reference.

    Returns:
        `customer` (the account's own, made by it), `service` (AWS manages it), `foreign` (another
        account's or region's) or `none`; and what can't be known of it, if anything.
    """
    if value is None or value == "":
        return "none", None
    referred = resources.referred(value)
    if referred is not None:
        return ("customer" if referred.type in _KEY_TYPES else "foreign"), None
    text = str(value)
    if value is UNKNOWN or not known(value):
        return "none", "the key"
    arn = parsed(text)
    name = arn.resource if arn is not None else text
    if name.removeprefix("alias/").startswith("aws/") or text in ("aws/ebs", "AWS_OWNED_KMS_KEY"):
        return "service", None
    if arn is not None:
        own = arn.account == place.account and arn.region in (place.region, *place.replica_regions)
        return ("customer" if own else "foreign"), None
    if name.startswith("alias/") or _ID.match(text):
        # Without an ARN, KMS looks in the caller's own account and region.
        return "customer", None
    return "none", "the key"


def region_of(resources: Resources, resource: Resource) -> str:
    """The region that a resource stands in; empty when it can't be told."""
    region = resources.region(resource)
    return region if isinstance(region, str) and known(region) else ""
