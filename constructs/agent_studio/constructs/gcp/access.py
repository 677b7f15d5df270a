"""The whole access policy of one resource.

The blocks set a resource's policy whole (`*_iam_policy`), never member by member: what is not
written here is removed when the stack is applied, Cloud Storage's default grants to the project's
owners, editors and viewers among it (Cloud Storage, "IAM roles": legacy bucket roles).
"""

import json
from collections.abc import Sequence
from typing import Protocol

from agent_studio.estate import Scope
from agent_studio.estate.names import gcp as names

ATTACH = "roles/iam.serviceAccountUser"
"""Lets its holder run a service as an account, and take no token of it."""


class _HasPolicy(Protocol):
    policy_data: str


class Access:
    """Who has which role on a resource; roles can be granted until the stack is written."""

    def __init__(self) -> None:
        self._members: dict[str, list[str]] = {}
        self._resource: _HasPolicy | None = None

    def grant(self, role: str, members: Sequence[str]) -> None:
        """Give a role to members; one that has it already keeps it.

        Args:
            role: e.g. `roles/storage.objectViewer`.
            members: e.g. `serviceAccount:<address>`; a reference makes Terraform create the
                account first, since IAM takes no member that does not exist.
        """
        held = self._members.setdefault(role, [])
        held.extend(each for each in members if each not in held)
        if self._resource is not None:
            self._resource.policy_data = self.document()

    def hold(self, resource: _HasPolicy) -> None:
        """Name the resource that later grants are written to."""
        self._resource = resource

    def document(self) -> str:
        """Give the policy as the provider's `policy_data` takes it."""
        bindings = [
            {"members": members, "role": role}
            for role, members in sorted(self._members.items())
            if members
        ]
        return json.dumps({"bindings": bindings}, sort_keys=True, separators=(",", ":"))


def apply_account(place: Scope) -> str:
    """Give the account as which Terraform applies, as a member of IAM policies.

    Whoever makes a service that acts as an account needs leave on that account (IAM, "Attach
    service accounts to resources"); it stands there, so that it is not needed for the project.
    """
    return f"serviceAccount:{names.account_service_account_email(place, 'apply')}"
