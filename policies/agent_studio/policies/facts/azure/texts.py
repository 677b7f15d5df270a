"""Places, subscriptions and hosts that any text of a resource names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from agent_studio.estate.catalogue import regions
from agent_studio.estate.names import azure as names
from agent_studio.policies.facts.addresses import LOCAL, Address, addresses, leads_to
from agent_studio.policies.facts.azure.owned import is_opaque, names_of, resolved
from agent_studio.policies.facts.builders import transfer, undecided
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources

_FREE = frozenset({"description", "display_name", "tags", "lifecycle", "timeouts"})
"""Arguments that are words for people."""

_DESCRIPTIONS = frozenset({"security_rule.description"})
"""Those of them that stand in blocks."""

_ELSEWHERE = {
    # Whose tokens are taken, and for whom, is judged as a trust.
    "azurerm_federated_identity_credential": frozenset({"audience", "issuer"}),
    # Names outside are judged as ways out.
    "azurerm_firewall_policy_rule_collection_group": frozenset({"application_rule_collection"}),
    "azurerm_private_dns_zone": frozenset({"name"}),
}
"""Arguments that facts of their own judge, by type."""

_EXPRESSIONS = {
    "azurerm_application_insights_workbook": frozenset({"source_id"}),
    "azurerm_consumption_budget_subscription": frozenset({"time_period"}),
    "azurerm_dns_a_record": frozenset({"records"}),
    "azurerm_dns_txt_record": frozenset({"record"}),
    "azurerm_role_assignment": frozenset({"principal_id"}),
    "azurerm_route_table": frozenset({"route"}),
}
"""Arguments that rules of their own allow to be more than a reference, by type."""

_SUBSCRIPTION = re.compile(r"subscriptions/([^/|\s\"',}]+)", re.I)
_OF_TOPIC = re.compile(r"(/namespaces/[^/]+/topics/[^/]+)/subscriptions/[^/|\s\"',}]+", re.I)
"""A subscription to a topic of Service Bus, which is none of Azure's."""

_GROUP = re.compile(r"resourcegroups/([^/|\s\"',}]+)", re.I)
_MANAGEMENT = re.compile(r"managementgroups/([^/|\s\"',}]+)", re.I)
_SERVICE = re.compile(
    r"(?<![a-z0-9.-])((?:[a-z0-9_-]+\.)+"
    r"(?:azure\.(?:com|net)|azure-api\.net|azurecontainerapps\.io|azurecr\.io|azureedge\.net|"
    r"azurefd\.net|azurewebsites\.net|chinacloudapi\.cn|cloudapp\.net|trafficmanager\.net|"
    r"usgovcloudapi\.net|windows\.net))(?![a-z0-9-])"
)
"""Hosts of Azure's services, where no scheme tells that they are hosts."""


@dataclass(frozen=True, kw_only=True)
class _Own:
    """What of the stack's own texts may name.

    Attributes:
        hosts: first labels of its own hosts: its accounts, vaults, registries and namespaces.
        groups: its own resource groups, in lower case.
        zones: its own private zones, which bear the names of services.
    """

    hosts: frozenset[str]
    groups: frozenset[str]
    zones: frozenset[str]


_HOSTED = (
    "azurerm_cognitive_account",
    "azurerm_container_registry",
    "azurerm_key_vault",
    "azurerm_postgresql_flexible_server",
    "azurerm_servicebus_namespace",
    "azurerm_storage_account",
)
_SUFFIXES = (
    ".azurecr.io",
    ".core.windows.net",
    ".openai.azure.com",
    ".postgres.database.azure.com",
    ".servicebus.windows.net",
    ".vault.azure.net",
)


def texts(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every foreign place, subscription, group and host, and every text that can't be read."""
    pattern = _foreign(place.region)
    own = _own(resources, place)
    for resource in resources.in_cloud():
        seen: set[tuple[str, str]] = set()
        for path, text in resource.texts:
            if not _searched(resource, path):
                continue
            if is_opaque(text) and path.split(".", 1)[0] not in _EXPRESSIONS.get(
                resource.type, frozenset()
            ):
                what = f"what the expression in {path} comes to"
                yield undecided(resource.address, what, action=Action.TRANSFER)
            read = resolved(resources, text)
            for kind, value in _named(place, resource, pattern, read, own):
                if (kind, value) not in seen:
                    seen.add((kind, value))
                    yield transfer(
                        resource,
                        kind=path,
                        cloud=place.cloud,
                        region=value if kind == "region" else "",
                        account=value if kind == "account" else "",
                        internet=kind == "internet",
                    )


def _searched(resource: Resource, path: str) -> bool:
    """Whether a text counts: what nobody asks for was filled in by the provider, but the id."""
    root = path.split(".", 1)[0]
    elsewhere = _ELSEWHERE.get(resource.type, frozenset())
    if root in _FREE or path in _DESCRIPTIONS or root in elsewhere:
        return False
    return not resource.asked or root in resource.asked or root == "id"


def _named(
    place: Place, resource: Resource, pattern: "re.Pattern[str]", text: str, own: _Own
) -> Iterator[tuple[str, str]]:
    for found in pattern.finditer(text.lower()):
        guards = resource.type == "azurerm_subscription_policy_assignment"
        if not (guards and place.leaves_open(found[1])):
            yield "region", found[1]
    for found in _SUBSCRIPTION.finditer(_OF_TOPIC.sub(r"\1", text)):
        if found[1].lower() != place.account.lower():
            yield "account", found[1]
    for found in _GROUP.finditer(text):
        if found[1].lower() not in own.groups:
            yield "account", f"{place.account}/{found[1]}"
    for found in _MANAGEMENT.finditer(text):
        yield "account", found[1]
    for address in addresses(text):
        if not _is_known(place, address, own):
            yield "internet", address.host
    for found in _SERVICE.finditer(text.lower()):
        known = _is_own_host(found[1], own) or found[1] in own.zones or place.resolves(found[1])
        if not known:
            yield "internet", found[1]


def _is_known(place: Place, address: Address, own: _Own) -> bool:
    """Whether an address is declared, or that of something of the stack."""
    if not address.origin:
        return False
    host = address.host
    known = host in LOCAL or host in place.hosts or _is_own_host(host, own)
    audience = place.is_audience(f"{address.origin}{address.path}")
    return known or audience or leads_to(address, place.vaults)


def _is_own_host(host: str, own: _Own) -> bool:
    return host.split(".", 1)[0] in own.hosts and host.endswith(_SUFFIXES)


def _own(resources: Resources, place: Place) -> _Own:
    groups = (names.resource_group(place.scope), names.label(place.scope, "managed", limit=90))
    return _Own(
        hosts=frozenset(name.lower() for type_ in _HOSTED for name in names_of(resources, type_)),
        groups=frozenset(each.lower() for each in groups),
        zones=frozenset(names_of(resources, "azurerm_private_dns_zone")),
    )


@cache
def _foreign(region: str) -> "re.Pattern[str]":
    found = sorted(set(regions("azure")) - {region}, key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9])({'|'.join(map(re.escape, found))})(?![a-z0-9])")
