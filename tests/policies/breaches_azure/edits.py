"""Edits that breaches are made of."""

from collections.abc import Callable
from typing import Any

from policies.breaches_azure.cell import OWN, STRANGER

Edit = Callable[[Any], object]

THEIRS = f"/subscriptions/{STRANGER}/resourceGroups/theirs/providers"
OURS = f"/subscriptions/{OWN}/resourceGroups/unjudged/providers"
"""Ids in the stack's own subscription that nobody judged."""

FOREIGN_KEY = "https://theirs.vault.azure.net/keys/k"
FOREIGN_ACCOUNT = f"{THEIRS}/Microsoft.Storage/storageAccounts/theirs"
FOREIGN_IDENTITY = f"{THEIRS}/Microsoft.ManagedIdentity/userAssignedIdentities/spy"
FOREIGN_WORKSPACE = f"{THEIRS}/Microsoft.OperationalInsights/workspaces/theirs"
FOREIGN_NETWORK = f"{THEIRS}/Microsoft.Network/virtualNetworks/theirs"
FOREIGN_RULE = (
    f"{THEIRS}/Microsoft.EventHub/namespaces/theirs/authorizationRules/RootManageSharedAccessKey"
)


def at(what: str, path: str, value: Any) -> Edit:
    """One argument set to a value; None drops it."""
    return lambda cell: cell.at(what, path, value)


def put(what: str, path: str, *items: Any) -> Edit:
    """One more item of a list."""
    return lambda cell: cell.put(what, path, *items)


def refer(what: str, path: str, to: str, attribute: str = "id", after: str = "") -> Edit:
    """One argument set to a reference to a part, and a text after it."""
    return lambda cell: cell.at(what, path, cell.ref(to, attribute) + after)


def spell(what: str, name: str, text: str, value: Any) -> Edit:
    """One argument as an expression, and what the plan makes of it."""
    return lambda cell: cell.spell(what, name, text, value)


def env(value: str, name: str = "EXTRA") -> Edit:
    """A variable of the agent's environment."""
    return lambda cell: cell.environ(name, value)


def add(type_: str, /, **body: Any) -> Edit:
    """One more resource."""
    return lambda cell: cell.add(type_, "added", **body)


def drop(what: str) -> Edit:
    """A resource less."""
    return lambda cell: cell.remove(cell.part(what))


def read(type_: str, /, **body: Any) -> Edit:
    """A data source."""
    return lambda cell: cell.data(type_, **body)


def provided(**values: Any) -> Edit:
    """The provider's arguments."""
    return lambda cell: cell.reprovide(**values)


def state(**values: Any) -> Edit:
    """The backend's arguments."""
    return lambda cell: cell.backend(**values)


def backend(kind: str, /, **values: Any) -> Edit:
    """Another backend."""
    return lambda cell: cell.stack["terraform"].update(backend={kind: values})


def top(name: str, value: Any) -> Edit:
    """Another block at the top of the stack."""
    return lambda cell: cell.stack.update({name: value})


def meta(what: str, /, **values: Any) -> Edit:
    """Arguments of Terraform itself, of which a plan has no values."""
    return lambda cell: cell.body(cell.part(what)).update(values)


def none(what: str) -> Edit:
    """A resource that is made no times."""
    return lambda cell: cell.none(what)


def act(what: str, *actions: str) -> Edit:
    """What the plan does to a part that stands."""
    return lambda cell: cell.act(cell.part(what), *actions)


def was(what: str, path: str, value: Any, before: Any) -> Edit:
    """An argument whose value is another one than it was."""

    def edit(cell: Any) -> None:
        name, _, rest = path.partition(".")
        held = before
        for block in reversed(rest.split(".") if rest else []):
            held = [{block: held}]
        cell.at(what, path, value)
        cell.was(cell.part(what), **{name: held})

    return edit


def known(what: str, /, **values: Any) -> Edit:
    """What the plan makes of arguments, whatever the stack says."""
    return lambda cell: cell.known(cell.part(what), **values)


def grant(role: str, on: str, to: str, attribute: str = "id") -> Edit:
    """A role on a part, for the identity that is another part."""

    def edit(cell: Any) -> None:
        cell.add(
            "azurerm_role_assignment",
            "added",
            scope=cell.ref(on, attribute),
            role_definition_name=role,
            principal_id=cell.ref(to, "principal_id"),
            principal_type="ServicePrincipal",
        )

    return edit


def rule(what: str = "runtimes group", /, **values: Any) -> Edit:
    """A rule of a network security group; unless it says otherwise, all may come in."""
    body = {
        "access": "Allow",
        "description": None,
        "destination_address_prefix": "*",
        "destination_address_prefixes": None,
        "destination_application_security_group_ids": None,
        "destination_port_range": "*",
        "destination_port_ranges": None,
        "direction": "Inbound",
        "name": "added",
        "priority": 300,
        "protocol": "*",
        "source_address_prefix": "*",
        "source_address_prefixes": None,
        "source_application_security_group_ids": None,
        "source_port_range": "*",
        "source_port_ranges": None,
        **values,
    }
    return put(what, "security_rule", body)


def inward(**values: Any) -> Edit:
    """A rule that lets something reach the runtimes by HTTPS."""
    fixed = {"protocol": "Tcp", "destination_port_range": "443"}
    own = {"destination_address_prefix": "10.16.48.0/22"}
    return rule(**{**fixed, **own, **_prefixes("source", values)})


def outward(**values: Any) -> Edit:
    """A rule that lets the runtimes out to something by HTTPS."""
    fixed = {"direction": "Outbound", "protocol": "Tcp", "destination_port_range": "443"}
    own = {"source_address_prefix": "10.16.48.0/22"}
    return rule(**{**fixed, **own, **_prefixes("destination", values)})


def _prefixes(side: str, values: dict[str, Any]) -> dict[str, Any]:
    """`to` and `of` as the provider's arguments: one prefix, or a list of them."""
    peer = values.pop("peer", None)
    if isinstance(peer, list):
        values |= {f"{side}_address_prefix": None, f"{side}_address_prefixes": peer}
    elif peer is not None:
        values |= {f"{side}_address_prefix": peer}
    return values


def rules(what: str, change: Callable[[list[dict[str, Any]]], object]) -> Edit:
    """The rules of a network security group, changed in place."""
    return lambda cell: cell.edit(cell.part(what), lambda body: change(body["security_rule"]))


def changed(name: str, /, **values: Any) -> Edit:
    """A rule of the runtimes' group with other values."""

    def change(found: list[dict[str, Any]]) -> None:
        (one,) = [each for each in found if each["name"] == name]
        one.update(values)

    return rules("runtimes group", change)


def without(name: str, what: str = "runtimes group") -> Edit:
    """A group without one of its rules."""

    def change(found: list[dict[str, Any]]) -> None:
        found[:] = [each for each in found if each["name"] != name]

    return rules(what, change)
