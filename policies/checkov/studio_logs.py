"""Log groups are kept long enough, not for ever, and encrypted with a key of the estate.

The rules are in `agent_studio.policies.logs_and_tags`.
"""

from checkov.common.models.enums import CheckCategories

from agent_studio.policies import logs_and_tags
from agent_studio.policies.rule_check import RuleCheck

LOG_GROUPS = ("aws_cloudwatch_log_group",)

CHECKS = (
    RuleCheck(
        11,
        "Logs are kept for a year at least and not for ever",
        CheckCategories.LOGGING,
        types=LOG_GROUPS,
        rule=logs_and_tags.retention,
    ),
    RuleCheck(
        12,
        "Logs are encrypted with a key of the estate",
        CheckCategories.ENCRYPTION,
        types=LOG_GROUPS,
        rule=logs_and_tags.unencrypted,
    ),
)
