"""The shape of the kit's own checkov checks on resources: a rule that says what is wrong.

Only the files under `policies/checkov/` import it, so that checkov is loaded when they are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from agent_studio.policies import evidence
from agent_studio.policies.evidence import Evidence


class RuleCheck(BaseResourceCheck):
    """One rule over resources of some types.

    Args:
        number: of the check's id.
        name: what holds when it passes.
        category: checkov's category.
        types: the resource types meant, e.g. `aws_*`.
        rule: gives what is wrong with a resource, from its arguments as checkov hands them over
            and what the stack and the plan tell beside it.
    """

    def __init__(
        self,
        number: int,
        name: str,
        category: CheckCategories,
        *,
        types: Sequence[str],
        rule: Callable[[Mapping[str, Any], Evidence], Iterable[str]],
    ) -> None:
        super().__init__(
            name=name,
            id=f"CKV_STUDIO_{number}",
            categories=[category],
            supported_resources=list(types),
        )
        self.rule = rule

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail when the rule objects to anything; `details` say to what."""
        self.details = list(dict.fromkeys(self.rule(conf, evidence.current())))
        return CheckResult.FAILED if self.details else CheckResult.PASSED
