"""Which images run in a project."""

from collections.abc import Iterable

from cdktf_cdktf_provider_google.binary_authorization_policy import (
    BinaryAuthorizationPolicy,
    BinaryAuthorizationPolicyAdmissionWhitelistPatterns,
    BinaryAuthorizationPolicyDefaultAdmissionRule,
)
from constructs import Construct

from agent_studio.estate import Scope


class AdmittedImages(Construct):
    """The project's binary authorization: images of its own registries, and no other.

    Guarantee: what asks for binary authorization, as every runtime does, runs no image but one
    from the project's own registries in the regions that are left open; a refusal is logged.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        regions: names of the regions that stay open to the project.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, regions: Iterable[str]) -> None:
        super().__init__(scope, id_)
        BinaryAuthorizationPolicy(
            self,
            "policy",
            project=place.account_id,
            description="Images of the project's own registries",
            global_policy_evaluation_mode="DISABLE",
            default_admission_rule=BinaryAuthorizationPolicyDefaultAdmissionRule(
                evaluation_mode="ALWAYS_DENY", enforcement_mode="ENFORCED_BLOCK_AND_AUDIT_LOG"
            ),
            admission_whitelist_patterns=[
                BinaryAuthorizationPolicyAdmissionWhitelistPatterns(
                    name_pattern=f"{each}-docker.pkg.dev/{place.account_id}/**"
                )
                for each in sorted(set(regions))
            ],
        )
