"""What belongs to the stack itself, by the attribute that names it.

Which attribute counts: `${azurerm_storage_container.x.storage_account_id}` stands in the stack, and
names the whole account. Before the first apply it is a reference; later, the plan's own text.
"""

import re
from collections.abc import Iterator
from typing import Any

from agent_studio.policies.facts.resources import Resource, Resources

_REFERENCE = re.compile(r"^\$\{(azurerm_[a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([a-z0-9_]+)\}$")
_EMBEDDED = re.compile(r"\$\{(azurerm_[a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([a-z0-9_]+)\}")
_LOWERED = re.compile(r"^\$\{lower\(([a-z0-9_.A-Z-]+)\)\}$")
_FIREWALL = re.compile(
    r"^\$\{(azurerm_firewall\.[A-Za-z0-9_-]+)\.ip_configuration\[0\]\.private_ip_address\}$"
)
_CLUSTER = re.compile(
    r"^\$\{(azurerm_log_analytics_cluster\.[A-Za-z0-9_-]+)\.identity\[0\]\.principal_id\}$"
)
_BLOBS = "/blobServices/default"

_NAMING = frozenset(
    {
        "client_id",
        "fqdn",
        "id",
        "name",
        "principal_id",
        "resource_versionless_id",
        "versionless_id",
        "workspace_id",
    }
)
"""Attributes that say which resource it is, and open nothing."""

_WORKSPACE = "azurerm_log_analytics_workspace.id"
_LINKED = "azurerm_log_analytics_linked_service.workspace_id"

_GROUPS = frozenset({"azurerm_resource_group"})
"""Types whose id stands for more than themselves."""


def owned(resources: Resources, value: Any, *names: str) -> Resource | None:
    """The resource of the stack that a value names.

    Args:
        resources: the stack's.
        value: a reference, or a text.
        names: by which attributes of which types, e.g. `azurerm_key_vault.id`.
    """
    if not isinstance(value, str) or not value:
        return None
    found = _REFERENCE.match(value)
    if found is not None:
        named = f"{found[1]}.{found[3]}" in names
        return resources.referred(value) if named else None
    if "${" in value:
        return None
    for name in names:
        type_, _, attribute = name.partition(".")
        for one in resources.of_type(type_):
            if _same(one.values.get(attribute), value):
                return one
    return None


def owned_id(resources: Resources, value: Any) -> Resource | None:
    """The resource of the stack, of whatever type, whose id a value is; never a group."""
    if not isinstance(value, str) or not value:
        return None
    found = _REFERENCE.match(value)
    if found is not None:
        one = resources.referred(value) if found[3] == "id" else None
    elif "${" in value:
        one = None
    else:
        one = next((e for e in resources.all.values() if _same(e.values.get("id"), value)), None)
    return None if one is None or one.type in _GROUPS else one


def owns_blobs(resources: Resources, value: Any) -> bool:
    """Whether a value names the blobs of a storage account of the stack."""
    if not isinstance(value, str) or not value.endswith(_BLOBS):
        return False
    account = value.removesuffix(_BLOBS)
    return owned(resources, account, "azurerm_storage_account.id") is not None


def owned_workspace(resources: Resources, value: Any) -> Resource | None:
    """The workspace of the stack that a value names: by itself, or by what links it to its key."""
    found = owned(resources, value, _WORKSPACE, _LINKED)
    if found is not None and found.type == "azurerm_log_analytics_linked_service":
        return owned(resources, found.values.get("workspace_id"), _WORKSPACE)
    return found


def owns_lowered_workspace(resources: Resources, value: Any) -> bool:
    """Whether a value names a workspace of the stack in lower case, as workbooks take it."""
    found = _LOWERED.match(str(value))
    return owned_workspace(resources, f"${{{found[1]}}}" if found else value) is not None


def holder(resources: Resources, value: Any) -> Resource | None:
    """The identity of the stack that a principal's id names, or the cluster that is one itself."""
    found = _CLUSTER.match(str(value))
    if found is not None:
        return resources.referred(f"${{{found[1]}.id}}")
    own = owned(resources, value, "azurerm_user_assigned_identity.principal_id")
    return own or next(
        (
            one
            for one in resources.of_type("azurerm_log_analytics_cluster")
            for block in one.blocks("identity")
            if _same(block.get("principal_id"), str(value))
        ),
        None,
    )


def is_firewall_address(resources: Resources, value: Any) -> bool:
    """Whether a value is the private address of the stack's own firewall."""
    found = _FIREWALL.match(str(value))
    if found is not None:
        return resources.referred(f"${{{found[1]}.id}}") is not None
    return any(
        _same(block.get("private_ip_address"), value)
        for one in resources.of_type("azurerm_firewall")
        for block in one.blocks("ip_configuration")
    )


def resolved(resources: Resources, text: str) -> str:
    """A text with what is known of the stack's own resources in place of references.

    What stays open is what the cloud makes up, or an expression that is no plain reference.
    """

    def known(found: re.Match[str]) -> str:
        one = resources.referred(found[0])
        value = one.values.get(found[3]) if one is not None else None
        return value if isinstance(value, str) and "${" not in value else found[0]

    return _EMBEDDED.sub(known, text)


def is_opaque(text: str) -> bool:
    """Whether a text holds an expression other than plain references to what names a resource.

    Other attributes are keys and connection strings, or what nobody has looked at.

    >>> is_opaque("a-${azurerm_key_vault.x.name}"), is_opaque('${format("%s", "x")}')
    (False, True)
    >>> is_opaque("${azurerm_storage_account.x.primary_access_key}")
    True
    """
    rest = _EMBEDDED.sub(lambda found: "" if found[3] in _NAMING else found[0], text)
    return "${" in rest or "%{" in rest


def names_of(resources: Resources, type_: str) -> Iterator[str]:
    """The known names of the stack's resources of a type."""
    for one in resources.of_type(type_):
        name = one.values.get("name")
        if isinstance(name, str) and "${" not in name:
            yield name


def _same(found: Any, value: str) -> bool:
    # Azure Resource Manager tells no upper case from lower in ids and names.
    return isinstance(found, str) and bool(found) and found.casefold() == value.casefold()
