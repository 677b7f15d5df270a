"""Edits of a cell's part of Vault; the cell's plan follows."""

import json
from collections.abc import Callable
from typing import Any

from policies.breaches.cell import Cell
from policies.breaches.planned import expression

Edit = Callable[[Cell], object]

ROLE = ("vault_jwt_auth_backend_role", "vault_login_role-collector")
SHARED_ROLE = ("vault_jwt_auth_backend_role", "vault_pseudonyms_role-collector")
METHOD = ("vault_jwt_auth_backend", "vault_login_method")
POLICY = ("vault_policy", "vault_login_policy-collector")
SHARED_POLICY = ("vault_policy", "vault_pseudonyms_policy-collector")
KEY = ("vault_transit_secret_backend_key", "vault_own_key-class-internal")
SIGNING = ("vault_transit_secret_backend_key", "vault_own_key-signing")
SECRETS = ("vault_mount", "vault_secrets")
TRANSIT = ("vault_mount", "vault_own_transit")
NAMESPACE = ("vault_namespace", "vault_own_namespace")
Part = tuple[str, str]


def address(cell: Cell, part: Part) -> str:
    """The address of a part of a cell."""
    type_, start = part
    (name,) = [name for name in cell.stack["resource"][type_] if name.startswith(start)]
    return f"{type_}.{name}"


def sets(part: Part, **values: Any) -> Edit:
    """Arguments of other values; None drops one."""

    def edit(cell: Cell) -> None:
        def change(body: dict[str, Any]) -> None:
            for name, value in values.items():
                body.pop(name, None)
                if value is not None:
                    body[name] = value

        cell.edit(address(cell, part), change)

    return edit


def claims(**values: Any) -> Edit:
    """Other claims than the role's own; None drops one."""

    def edit(cell: Cell) -> None:
        def change(body: dict[str, Any]) -> None:
            held = {**body["bound_claims"], **values}
            body["bound_claims"] = {name: one for name, one in held.items() if one is not None}

        cell.edit(address(cell, ROLE), change)

    return edit


def no_claim(cell: Cell) -> None:
    """The role is held to one claim less."""

    def change(body: dict[str, Any]) -> None:
        body["bound_claims"] = dict(list(body["bound_claims"].items())[1:])

    cell.edit(address(cell, ROLE), change)


def may(path: str, *capabilities: str, part: Part = POLICY) -> Edit:
    """One more path in a policy."""

    def edit(cell: Cell) -> None:
        def change(body: dict[str, Any]) -> None:
            document = json.loads(body["policy"])
            document["path"][path] = {"capabilities": list(capabilities)}
            body["policy"] = json.dumps(document)

        cell.edit(address(cell, part), change)

    return edit


def adds(type_: str, **body: Any) -> Edit:
    """One more resource, in the cell's own place unless it says otherwise."""

    def edit(cell: Cell) -> None:
        own = cell.body(address(cell, NAMESPACE))["path"]
        cell.add(type_, "added", **{"namespace": own, **body})

    return edit


def provides(**values: Any) -> Edit:
    """Arguments of the provider; None drops one."""

    def edit(cell: Cell) -> None:
        body = cell.stack["provider"]["vault"][0]
        told = cell.plan["configuration"]["provider_config"]["vault"]["expressions"]
        for name, value in values.items():
            body.pop(name, None)
            told.pop(name, None)
            if value is not None:
                body[name] = value
                told[name] = expression(value)

    return edit


def tells(old: str, new: str) -> Edit:
    """What the collector is told of Vault, with one text in the place of another."""

    def edit(cell: Cell) -> None:
        for type_, name in (
            ("aws_ecs_task_definition", "runtime-collector"),
            ("google_cloud_run_v2_service", "runtime-collector"),
            ("azurerm_container_app", "runtime-collector"),
        ):
            if any(each.startswith(name) for each in cell.stack["resource"].get(type_, ())):
                cell.edit(address(cell, (type_, name)), lambda body: _replace(body, old, new))
                return
        raise AssertionError("the cell has no collector")

    return edit


def _replace(held: Any, old: str, new: str) -> Any:
    """Replace a text in every variable that tells of Vault, in place."""
    if isinstance(held, dict):
        if held.get("name") == "STUDIO_VAULT":
            assert old in held["value"]
            held["value"] = held["value"].replace(old, new)
        for name, each in held.items():
            if name == "container_definitions":
                containers = json.loads(each)
                for container in containers:
                    _replace(container, old, new)
                held[name] = json.dumps(containers)
            else:
                _replace(each, old, new)
    elif isinstance(held, list):
        for each in held:
            _replace(each, old, new)
    return held
