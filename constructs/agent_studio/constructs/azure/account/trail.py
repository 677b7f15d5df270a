"""Who did what in a subscription, kept where its guardrails lie.

Source: Azure Monitor, "Activity log in Azure Monitor": what is sent to a storage account arrives in
the container `insights-activity-logs`.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.monitor_diagnostic_setting import (
    MonitorDiagnosticSetting,
    MonitorDiagnosticSettingEnabledLog,
)
from cdktf_cdktf_provider_azurerm.resource_group import ResourceGroup
from cdktf_cdktf_provider_azurerm.storage_container_immutability_policy import (
    StorageContainerImmutabilityPolicy,
)
from constructs import Construct

from agent_studio.constructs.azure.keys.vault import add_key, add_vault
from agent_studio.constructs.azure.store.account import add_account, add_container
from agent_studio.constructs.azure.tags import account_tags
from agent_studio.estate import Account, Scope
from agent_studio.estate.names import azure as names

RETENTION_DAYS = 3650
"""Days for which a line of the activity log is locked."""

CONTAINER = "insights-activity-logs"
"""The container that Azure Monitor writes the activity log into."""

CATEGORIES = (
    "Administrative",
    "Alert",
    "Autoscale",
    "Policy",
    "Recommendation",
    "ResourceHealth",
    "Security",
    "ServiceHealth",
)
"""Every category of the activity log (Azure Monitor, "Azure activity log event schema")."""


class SubscriptionTrail(Construct):
    """The activity log of the subscription, in the region of its guardrails.

    Guarantee: every line is kept ten years in a write-once storage account in the guardrails'
    region, under a key of its own; nobody can shorten that, and no plan destroys it. Azure's own
    copy of the activity log, of 90 days, lies in no region.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the guardrails' place.
        account: the subscription.
        addresses: public address ranges from which Terraform makes the key.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        account: Account,
        addresses: Sequence[IPv4Network],
    ) -> None:
        super().__init__(scope, id_)
        tags = account_tags(place, account, "trail")
        group = ResourceGroup(
            self,
            "group",
            name=names.resource_group(place),
            location=place.region,
            tags=tags,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        vault = add_vault(
            self, place=place, account=account, group=group.name, addresses=addresses, tags=tags
        )
        key = add_key(
            self,
            "key",
            place=place,
            group=group.name,
            vault_id=vault.id,
            purpose="audit",
            tags=tags,
        )
        store = add_account(
            self,
            place=place,
            group=group.name,
            key=key,
            purpose="trail",
            days=RETENTION_DAYS,
            tags=tags,
            takes_logs=True,
            versioned=False,
        )
        container = add_container(self, "container", account=store, name=CONTAINER)
        lock = StorageContainerImmutabilityPolicy(
            self,
            "lock",
            storage_container_resource_manager_id=container.id,
            immutability_period_in_days=RETENTION_DAYS,
            protected_append_writes_enabled=True,
            locked=True,
        )
        MonitorDiagnosticSetting(
            self,
            "activity",
            name=names.label(place, "activity"),
            target_resource_id=f"/subscriptions/{place.account_id}",
            storage_account_id=store.id,
            enabled_log=[MonitorDiagnosticSettingEnabledLog(category=each) for each in CATEGORIES],
            depends_on=[lock],
        )
