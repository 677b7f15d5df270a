"""What a firewall lets out: declared names, those that the platform needs, and Vault's."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agent_studio.estate.endpoint import HTTPS
from agent_studio.policies.facts.builders import connection, undecided
from agent_studio.policies.facts.model import Fact
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.values import listed

PLATFORM = frozenset(
    {
        "*.data.mcr.microsoft.com",
        "*.identity.azure.net",
        "*.login.microsoft.com",
        "*.login.microsoftonline.com",
        "acs-mirror.azureedge.net",
        "login.microsoftonline.com",
        "mcr.microsoft.com",
        "packages.aks.azure.com",
    }
)
"""What Container Apps needs itself (Azure Container Apps, "Integrate with Azure Firewall")."""

_RULES = "azurerm_firewall_policy_rule_collection_group"


def admitted(place: Place, name: str, ports: Iterable[int]) -> bool:
    """Whether a firewall may let a name through on all of some ports.

    A pattern is one name, unless it is declared.
    """
    asked = name.lower().rstrip(".")
    return all(place.admits(asked, port) or (asked in PLATFORM and port == HTTPS) for port in ports)


def named(place: Place, name: str) -> bool:
    """Whether a firewall may let a name through on some port."""
    return any(admitted(place, name, [port]) for port in place.ports)


def firewall(resources: Resources, place: Place) -> Iterator[Fact]:
    """Every rule of every firewall policy."""
    for group in resources.of_type(_RULES):
        for kind in ("network_rule_collection", "nat_rule_collection"):
            # Rules on addresses go before rules on names (Azure Firewall, "Rule processing logic").
            for _ in group.blocks(kind):
                yield connection(group, kind="egress", what="by rules on addresses", peer="any")
        for collection in group.blocks("application_rule_collection"):
            if collection.get("action") != "Deny":
                for rule in listed(collection.get("rule")):
                    yield from _rule(place, group, rule)


def _rule(place: Place, group: Resource, rule: Any) -> Iterator[Fact]:
    asked = listed(rule.get("destination_fqdns")) if isinstance(rule, Mapping) else []
    if not asked:
        yield undecided(group.address, "which names a rule lets through")
        return
    ports = _tls_ports(rule)
    for name in map(str, asked):
        yield connection(
            group,
            kind="egress",
            what="by a rule of the firewall",
            peer=name,
            tls=bool(ports) and ports <= place.ports,
            declared=admitted(place, name, ports),
        )


def _tls_ports(rule: Mapping[str, Any]) -> frozenset[int]:
    """The ports of TLS that a rule is for; none where it is for another protocol, too."""
    protocols = listed(rule.get("protocols"))
    if not all(
        isinstance(one, Mapping) and one.get("type") == "Https" and str(one.get("port")).isdigit()
        for one in protocols
    ):
        return frozenset()
    return frozenset(int(str(one["port"])) for one in protocols)
