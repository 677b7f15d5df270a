"""Log groups are kept long enough, not for ever, and encrypted with a key of the estate.

The rules are in `agent_studio.policies.logs_and_tags`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from agent_studio.policies import evidence, logs_and_tags
from agent_studio.policies.evidence import Evidence


class LogGroupCheck(BaseResourceCheck):
    """One rule over a log group.

    Args:
        number: of the check's id.
        name: what holds when it passes.
        category: checkov's category.
        rule: gives what is wrong.
    """

    def __init__(
        self,
        number: int,
        name: str,
        category: CheckCategories,
        rule: Callable[[Mapping[str, Any], Evidence], Iterator[str]],
    ) -> None:
        super().__init__(
            name=name,
            id=f"CKV_STUDIO_{number}",
            categories=[category],
            supported_resources=["aws_cloudwatch_log_group"],
        )
        self.rule = rule

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail when the rule objects to anything; `details` say to what."""
        self.details = list(self.rule(conf, evidence.current()))
        return CheckResult.FAILED if self.details else CheckResult.PASSED


CHECKS = (
    LogGroupCheck(
        11,
        "Logs are kept for a year at least and not for ever",
        CheckCategories.LOGGING,
        logs_and_tags.retention,
    ),
    LogGroupCheck(
        12,
        "Logs are encrypted with a key of the estate",
        CheckCategories.ENCRYPTION,
        logs_and_tags.unencrypted,
    ),
)
