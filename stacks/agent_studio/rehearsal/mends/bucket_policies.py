"""S3: a statement of a bucket policy with a condition, which moto takes as if it had none.

So "deny what does not come over TLS" denied everything. The emulator knows neither who calls nor
how, so such statements are not judged here; the gate judges them on the plan. Source: Amazon S3
User Guide, "Bucket policy examples using condition keys".
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def _permission(self: FakeBucket, action: str, resource: str) -> Any:
    """Judge a request by the statements that have no condition."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy)
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    document["Statement"] = [one for one in listed if "Condition" not in one]
    if not document["Statement"]:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)


FakeBucket.get_permission = _permission  # type: ignore[method-assign]
