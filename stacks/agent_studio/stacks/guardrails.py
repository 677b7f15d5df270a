"""An account's guardrails: what holds in the whole account, whatever its cells do."""

from collections.abc import Sequence

from constructs import Construct

from agent_studio.constructs.aws.account import (
    AccountAlarms,
    AccountBaseline,
    AccountBudget,
    AccountTrail,
    CiRoles,
    CoreTokens,
    ManagedKey,
    RegionalBaseline,
    RegionDeny,
)
from agent_studio.constructs.aws.account.alarms import PUBLISHERS
from agent_studio.constructs.aws.account.key import log_service_use, publisher_use
from agent_studio.constructs.aws.account.trail import key_use
from agent_studio.estate import Account, CiSpec, Layer, Scope
from agent_studio.estate.names import aws as names
from agent_studio.stacks.base import AwsStack, default_tags


class GuardrailsStack(AwsStack):
    """The stack `guardrails-<account>`, in the account's home region.

    Settings that AWS keeps by region are made here for that region alone; a cell in another region
    of the account brings its own. So a region added to an account changes no guardrails.

    Args:
        scope: the app.
        place: where the stack is deployed.
        account: the account to guard.
        regions: names of the regions that stay open to the account.
        ci: the estate's one CI; None makes no CI roles.
        core: the core's place, whose tokens the account's cells take.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        place: Scope,
        account: Account,
        regions: Sequence[str],
        ci: CiSpec | None,
        core: Scope,
    ) -> None:
        super().__init__(
            scope,
            place=place,
            tags=default_tags(
                place,
                owner=account.owner,
                jurisdiction=account.home.jurisdiction,
                layer=Layer.GUARDRAILS.value,
            ),
        )
        key = ManagedKey(
            self,
            "key",
            place=place,
            purpose="audit",
            statements=[
                *key_use(place),
                log_service_use(place, names.log_group_arn(place, "trail")),
                publisher_use(place, *PUBLISHERS),
            ],
        )
        alarms = AccountAlarms(self, "alarms", place=place, key_arn=key.arn)
        trail = AccountTrail(self, "trail", place=place, key_arn=key.arn)
        alarms.watch(trail.log_name, after=trail.log_group)
        AccountBaseline(self, "account", place=place)
        RegionalBaseline(self, f"region-{place.region}", place=place)
        if account.budget_usd_per_month is not None:
            AccountBudget(
                self,
                "budget",
                place=place,
                usd_per_month=account.budget_usd_per_month,
                topic_arn=alarms.topic_arn,
                after=alarms.policy,
            )
        CoreTokens(self, "core", core=core)
        roles: list[tuple[str, str]] = []
        if ci is not None:
            roles = CiRoles(
                self,
                "ci",
                place=place,
                ci=ci,
                state_buckets=[f"{place.studio}-state-{place.account_id}-*"],
            ).roles
        RegionDeny(self, "regions", place=place, regions=regions, roles=roles)
