"""Everything carries the tags by which owner, stack, layer and jurisdiction are told.

A synthesized stack shows the provider's default tags, a plan what each resource ends up with.
The rules are in `agent_studio.policies.logs_and_tags`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.provider.base_check import BaseProviderCheck

from agent_studio.policies import evidence, logs_and_tags
from agent_studio.policies.evidence import Evidence
from agent_studio.policies.rule_check import RuleCheck


class DefaultTags(BaseProviderCheck):
    """The default tags of a stack's AWS providers."""

    def __init__(self) -> None:
        super().__init__(
            name="AWS providers tag everything with stack, jurisdiction, owner and layer",
            id="CKV_STUDIO_13",
            categories=[CheckCategories.CONVENTION],
            supported_provider=["aws"],
        )

    def scan_provider_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Fail when a tag lacks; a plan shows the tags of each resource instead."""
        if evidence.current().planned:
            return CheckResult.UNKNOWN
        self.details = list(logs_and_tags.default_tags(conf))
        return CheckResult.FAILED if self.details else CheckResult.PASSED


def planned(conf: Mapping[str, Any], found: Evidence) -> Iterable[str]:
    """Tags that lack in a plan; in a stack the provider's default tags are checked."""
    return logs_and_tags.planned_tags(conf, found) if found.planned else ()


CHECKS = (
    DefaultTags(),
    RuleCheck(
        14,
        "Planned resources carry the tags of stack, jurisdiction, owner and layer",
        CheckCategories.CONVENTION,
        types=["aws_*"],
        rule=planned,
    ),
)
