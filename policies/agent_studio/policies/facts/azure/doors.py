"""Who comes past the networks of stores and vaults, and who is told of alarms."""

from collections.abc import Iterator

from agent_studio.policies.facts.azure.owned import owned
from agent_studio.policies.facts.builders import connection, transfer
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed, on

_ACCOUNT = "azurerm_storage_account.id"
_TRUSTED = "AzureServices"
_RECEIVER = "_receiver"
_OWN_RECEIVER = "arm_role_receiver"


def doors(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every exception that a store, a vault or a group of listeners makes."""
    fed = _fed(resources)
    for account in resources.of_type("azurerm_storage_account"):
        passing = [str(one) for one in listed(account.get("network_rules", "bypass"))]
        if _TRUSTED in passing and account.address not in fed:
            yield connection(
                account,
                kind="public",
                what="lets Azure's own services past its network, though none delivers logs there",
            )
    for vault in resources.of_type("azurerm_key_vault"):
        yield from _vault(vault)
    for group in resources.of_type("azurerm_monitor_action_group"):
        for name, value in group.values.items():
            if name.endswith(_RECEIVER) and name != _OWN_RECEIVER and listed(value):
                yield transfer(group, kind=f"alarms to {name}", cloud=place.cloud, internet=True)


def _fed(resources: Resources) -> set[str]:
    """The storage accounts that Azure Monitor delivers to."""
    named = [
        *(
            one.values.get("storage_account_id")
            for one in resources.of_type("azurerm_monitor_diagnostic_setting")
        ),
        *(
            one.values.get("destination_resource_id")
            for one in resources.of_type("azurerm_log_analytics_data_export_rule")
        ),
    ]
    found = (owned(resources, value, _ACCOUNT) for value in named)
    return {one.address for one in found if one is not None}


def _vault(vault: Resource) -> Iterator[Fact]:
    """A vault is open to named addresses at the most; which they may be, the table says."""
    if on(vault.values.get("public_network_access_enabled")) and not listed(
        vault.get("network_acls", "ip_rules")
    ):
        yield connection(
            vault, kind="public", what="answers on public networks, and names no address"
        )
