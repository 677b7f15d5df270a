"""How the table of Azure's arguments is read."""

import re
from typing import Any

from agent_studio.estate.names import azure as names
from agent_studio.policies.facts.arguments import Reading
from agent_studio.policies.facts.azure.firewall import named
from agent_studio.policies.facts.azure.owned import (
    holder,
    is_firewall_address,
    names_of,
    owned,
    owned_id,
    owned_workspace,
    owns_blobs,
    owns_lowered_workspace,
    resolved,
)
from agent_studio.policies.facts.azure.queries import is_signal, is_workbook
from agent_studio.policies.facts.matching import is_number, matches_plainly
from agent_studio.policies.facts.place import Place
from agent_studio.policies.facts.ranges import within
from agent_studio.policies.facts.resources import Resource, Resources
from agent_studio.policies.facts.table import Rule

REGISTRY = ".azurecr.io"
"""What follows a registry's name (Container Registry, "Registry login server")."""

_OWN = "azurerm_"
_YEAR = 365
_IMAGE = re.compile(
    r"^(?P<server>[a-z0-9]+\.azurecr\.io)/[a-z0-9]+(?:[._/-][a-z0-9]+)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?$"
)


def matches(
    resources: Resources,
    place: Place,
    resource: Resource,  # noqa: ARG001 - every cloud's rules are given it
    rule: Rule,
    value: Any,
) -> bool:
    """Whether a value is allowed.

    Args:
        resources: the stack's.
        place: the stack as the estate declares it.
        resource: whose argument it is.
        rule: what it may be.
        value: what it is.
    """
    plainly = matches_plainly(rule, value)
    if plainly is not None:
        return plainly
    if rule.word.startswith(_OWN):
        return owned(resources, value, rule.word) is not None
    return _is_own(resources, place, rule.word, value) or _is_told(place, rule.word, str(value))


def _is_own(resources: Resources, place: Place, word: str, value: Any) -> bool:
    """Rules on what names something of the stack."""
    match word:
        case "own_id":
            return owned_id(resources, value) is not None
        case "blobs_or_own":
            whole = place.layer == "guardrails" and value == f"/subscriptions/{place.account}"
            return whole or owns_blobs(resources, value) or owned_id(resources, value) is not None
        case "workspace":
            return owned_workspace(resources, value) is not None
        case "lower_workspace":
            return owns_lowered_workspace(resources, value)
        case "principal":
            known = place.layer == "cell" and value in place.core_principals.values()
            return known or holder(resources, value) is not None
        case "firewall_address":
            return is_firewall_address(resources, value)
        case "server":
            return resolved(resources, str(value)) in _servers(resources)
        case "image":
            found = _IMAGE.match(resolved(resources, str(value)))
            return found is not None and found["server"] in _servers(resources)
    return False


def _is_told(place: Place, word: str, text: str) -> bool:
    """Rules on what the estate's file says."""
    match word:
        case "number":
            return is_number(text)
        case "year":
            return text.isdigit() and int(text) >= _YEAR
        case "place":
            return text.replace(" ", "").lower() == place.region
        case "subscription":
            return text == place.account
        case "subscription_path":
            return text == f"/subscriptions/{place.account}"
        case "tenant":
            return text == place.tenant
        case "group_name":
            return text == names.resource_group(place.scope)
        case "signal":
            return is_signal(text)
        case "workbook":
            return is_workbook(text)
        case "budget":
            return is_number(text) and place.budget is not None and float(text) == place.budget
        case "domain":
            return bool(place.domain) and text == place.domain
        case "subdomain":
            return text == names.model_account(place.scope)
        case "range":
            return within(text, place.networks, exact=True)
        case "address":
            return within(text, place.addresses, exact=True)
        case "fqdn":
            return named(place, text)
        case "outside_port":
            return text.isdigit() and int(text) in place.ports
    return False


def _servers(resources: Resources) -> set[str]:
    return {f"{name}{REGISTRY}" for name in names_of(resources, "azurerm_container_registry")}


READING = Reading(
    provider="azurerm",
    matches=matches,
    labels=frozenset({"tags", "timeouts"}),
    # What else stands in a lifecycle may hide a change from plans.
    harmless=frozenset({"lifecycle.create_before_destroy", "lifecycle.prevent_destroy"}),
)
