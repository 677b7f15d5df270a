"""What Azure Policy forbids in a subscription.

Sources: Azure Policy, "Azure Policy built-in policy definitions" (each definition's id, name and
parameters) and "Azure Policy definitions deny effect". "Allowed locations" leaves out resource
groups, which have a definition of their own, and resources that lie in no region.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cdktf_cdktf_provider_azurerm.subscription_policy_assignment import (
    SubscriptionPolicyAssignment,
    SubscriptionPolicyAssignmentNonComplianceMessage,
)
from constructs import Construct

from agent_studio.estate import Scope

LOCATIONS = {
    "locations": ("e56962a6-4747-49cd-b67b-bf8b01975c4c", "Allowed locations"),
    "group-locations": (
        "e765b5de-1225-4ba3-bd56-1ac6695af988",
        "Allowed locations for resource groups",
    ),
}
"""Assignment -> the definition's id and its name; both take `listOfAllowedLocations`."""

DENIED = {
    "no-public-blobs": (
        "4fa4b6c0-31ca-4c0d-b10d-24b96f62a751",
        "Storage account public access should be disallowed",
    ),
    "no-shared-keys": (
        "8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54",
        "Storage accounts should prevent shared key access",
    ),
    "purge-protection": (
        "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53",
        "Key vaults should have deletion protection enabled",
    ),
    "registry-no-admin": (
        "dc921057-6b28-4fbe-9b83-f7bec05db6c2",
        "Container registries should have local admin account disabled",
    ),
}
"""Assignment -> the definition's id and its name; each takes `effect`, which is Deny."""

_DEFINITION = "/providers/Microsoft.Authorization/policyDefinitions/"


class SubscriptionPolicies(Construct):
    """Policies on the subscription itself, which deny rather than report.

    Guarantee: what is made or changed from then on lies in the regions that are left open, resource
    groups too. No storage account lets anybody read it or takes a shared key, no key vault forgets
    what was deleted, and no registry has an administrator with a password. Resources that lie in no
    region are outside of the locations' reach; what stood before is reported and left as it is.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        regions: names of the regions that stay open to the subscription.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, regions: Iterable[str]) -> None:
        super().__init__(scope, id_)
        self._place = place
        open_ = sorted(set(regions))
        for purpose, (definition, title) in LOCATIONS.items():
            self._assign(purpose, definition, title, {"listOfAllowedLocations": {"value": open_}})
        for purpose, (definition, title) in DENIED.items():
            self._assign(purpose, definition, title, {"effect": {"value": "Deny"}})

    def _assign(
        self, purpose: str, definition: str, title: str, parameters: Mapping[str, Any]
    ) -> None:
        SubscriptionPolicyAssignment(
            self,
            purpose,
            name=f"{self._place.studio}-{purpose}",
            display_name=title,
            subscription_id=f"/subscriptions/{self._place.account_id}",
            policy_definition_id=f"{_DEFINITION}{definition}",
            enforce=True,
            parameters=json.dumps(parameters, sort_keys=True, separators=(",", ":")),
            non_compliance_message=[
                SubscriptionPolicyAssignmentNonComplianceMessage(
                    content=f"{title}: a guardrail of the estate {self._place.studio}"
                )
            ],
        )
