"""What belongs to the stack itself: references, and the names that a plan knows already."""

import re
from collections.abc import Set
from typing import Any

from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resources
from agent_studio.policies.facts.values import reference

_NAMING = (
    "address",
    "bucket_id",
    "crypto_key_id",
    "email",
    "id",
    "member",
    "name",
    "psc_service_attachment_link",
    "secret_id",
    "self_link",
    "uri",
    "workload_identity_pool_id",
    "writer_identity",
)
"""Arguments by which one resource names another."""

_FIRST = re.compile(r"^\$\{((?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+)(?:\.[a-z0-9_]+)*\}")


def is_own(resources: Resources, value: Any) -> bool:
    """Whether a value names something of this stack: by reference, or by a name that is known."""
    if not isinstance(value, str) or not value:
        return False
    if resources.referred(value) is not None:
        return True
    return reference(value) is None and value in own_names(resources)


def begins_own(resources: Resources, value: Any) -> bool:
    """Whether a text begins with something of this stack, such as the address of a service."""
    if not isinstance(value, str):
        return False
    found = _FIRST.match(value)
    if found is not None:
        return resources.referred(f"${{{found[1]}}}") is not None
    return any(value.startswith(f"{each}/") for each in own_names(resources) if len(each) > 8)


def is_own_key(resources: Resources, place: Place, value: Any) -> bool:
    """Whether a value names a key that this stack makes, in its own project and region."""
    referred = resources.referred(value)
    if referred is not None:
        return referred.type in ("google_kms_crypto_key", "google_kms_crypto_key_iam_policy")
    own = f"projects/{place.account}/locations/{place.region}/keyRings/"
    return isinstance(value, str) and value.startswith(own) and value in own_names(resources)


def own_names(resources: Resources) -> Set[str]:
    """Every name of every resource of the stack that is known."""
    return resources.known_by(*_NAMING).keys()
