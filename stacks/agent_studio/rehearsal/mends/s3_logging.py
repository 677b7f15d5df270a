"""S3: whether a bucket's policy lets log delivery in, which moto reads too literally.

Moto takes a policy whose principal, action and resource are single strings, and fails on one with
a principal of `"*"`. IAM takes lists of one as well, and S3 asks for `s3:PutObject` for
`logging.s3.amazonaws.com` on the target's objects. Source: IAM User Guide, "JSON policy elements";
S3 User Guide, "Permissions for log delivery".
"""

import json

from moto.s3.models import FakeBucket

from agent_studio.rehearsal.mends.call import JSON

_DELIVERY = "logging.s3.amazonaws.com"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _admits(statement: JSON, objects: str) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, dict) else None
    return (
        statement.get("Effect") == "Allow"
        and _DELIVERY in _listed(services)
        and "s3:PutObject" in _listed(statement.get("Action"))
        and objects in _listed(statement.get("Resource"))
    )


def admits_delivery(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    """Say whether the target's policy lets log delivery write all its objects, or the prefix's."""
    if not target_bucket.policy:
        return False
    arn = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}"
    statements = _listed(json.loads(target_bucket.policy)["Statement"])
    return any(
        isinstance(statement, dict) and _admits(statement, objects)
        for statement in statements
        for objects in (f"{arn}/*", f"{arn}/{target_prefix or ''}*")
    )


FakeBucket._log_permissions_enabled_policy = staticmethod(admits_delivery)  # type: ignore[method-assign]
