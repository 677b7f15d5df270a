"""Cells to synthesize, and what their stacks hold."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Network
from tempfile import TemporaryDirectory
from typing import Any

from agent_studio.bindings.cdk import select
from agent_studio.estate import (
    Account,
    Budget,
    Cell,
    Cloud,
    DataClass,
    Residency,
    Runtime,
    Scope,
)
from agent_studio.estate.catalogue.lookup import find_region

select()

PUBLIC = DataClass(name="public", residency=Residency.ANYWHERE, crossing=None, retention_days=365)
INTERNAL = DataClass(
    name="internal", residency=Residency.JURISDICTION, crossing=None, retention_days=365
)
PERSONAL = DataClass(
    name="personal", residency=Residency.JURISDICTION, crossing="deidentified", retention_days=365
)

VAULT = "https://vault.eu.acme.example:8200"
CORE = Scope(studio="acme", stack="core", account_id="111111111111", region="eu-west-1")


def profile(name: str, **changes: Any) -> Runtime:
    """A runtime profile of any cloud, with what a test changes."""
    usual: dict[str, Any] = {
        "cpu": 2,
        "memory": 4096,
        "max_instances": 10,
        "data_classes": (INTERNAL, PERSONAL),
        "egress": (),
        "models": (),
        "budget": Budget(usd_per_day=50, tokens_per_day=1000),
    }
    return Runtime(name=name, **{**usual, **changes})


def runtime(name: str = "analyst", **changes: Any) -> Runtime:
    """A runtime profile, with what a test changes."""
    return profile(name, **{"models": ("bedrock/eu.anthropic.claude-sonnet-4-5",), **changes})


def cell_of(
    *runtimes: Runtime,
    cloud: Cloud,
    region: str,
    name: str,
    id_: str,
    owner: str,
    network: str,
    tenant: str | None = None,
    vault_address: str | None = VAULT,
) -> Cell:
    """A cell of any cloud, in an account that has no other."""
    place = find_region(f"{cloud}/{region}")
    assert place is not None
    account = Account(
        name=name,
        cloud=cloud,
        id=id_,
        owner=owner,
        tenant=tenant,
        budget_usd_per_month=None,
        home=place,
    )
    return Cell(
        studio="acme",
        account=account,
        region=place,
        network=IPv4Network(network),
        runtimes=runtimes,
        vault_address=vault_address,
    )


COLLECTOR = runtime("collector", cpu=1, memory=2048, data_classes=(PUBLIC, INTERNAL), models=())


def cell(*runtimes: Runtime, region: str = "eu-west-1") -> Cell:
    """A cell in one account, with these runtimes."""
    return cell_of(
        *runtimes,
        cloud=Cloud.AWS,
        region=region,
        name="payments-eu",
        id_="222222222222",
        owner="payments",
        network="10.16.0.0/20",
    )


@dataclass(frozen=True)
class Stack:
    """A synthesized stack."""

    document: dict[str, Any]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of one Terraform type, by the path of their construct."""
        found = self.document["resource"].get(kind, {}).values()
        return {each["//"]["metadata"]["path"].partition("/")[2]: each for each in found}

    def at(self, kind: str, path: str) -> dict[str, Any]:
        """The resource of one type at one construct path, less its metadata."""
        found = self.of(kind)
        assert path in found, f"no {kind} at {path}; there are {sorted(found)}"
        return {name: value for name, value in found[path].items() if name != "//"}

    def under(self, path: str) -> dict[str, dict[str, Any]]:
        """Every resource below a construct path, by type and path."""
        return {
            f"{kind} {at}": each
            for kind in self.document["resource"]
            for at, each in self.of(kind).items()
            if at == path or at.startswith(f"{path}/")
        }


@cache
def synthesized(*runtimes: Runtime, region: str = "eu-west-1", vault: str | None = VAULT) -> Stack:
    """The stack of `cell(*runtimes, region=region)`, whose Vault is at an address, or nowhere."""
    from cdktf import App

    from agent_studio.stacks.cell import CellStack

    found = replace(cell(*runtimes, region=region), vault_address=vault)
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        stack = CellStack(app, cell=found, core=CORE)
        app.synth()
        with open(f"{folder}/stacks/{stack.node.id}/cdk.tf.json", encoding="utf-8") as file:
            return Stack(json.load(file))


def statements(policy: str) -> dict[str, dict[str, Any]]:
    """The statements of a policy document by id, each value as a list."""
    return {each["Sid"]: _listed(each) for each in json.loads(policy)["Statement"]}


def _listed(statement: dict[str, Any]) -> dict[str, Any]:
    def to_list(value: Any) -> list[str]:
        return [value] if isinstance(value, str) else list(value)

    result = dict(statement)
    for name in ("Action", "NotAction", "Resource"):
        if name in result:
            result[name] = to_list(result[name])
    if isinstance(result.get("Principal"), dict):
        result["Principal"] = {kind: to_list(who) for kind, who in result["Principal"].items()}
    if "Condition" in result:
        result["Condition"] = {
            operator: {key: to_list(values) for key, values in keys.items()}
            for operator, keys in result["Condition"].items()
        }
    return result


def allowed(policy: str) -> list[dict[str, Any]]:
    """The statements of a policy document that allow something."""
    return [each for each in statements(policy).values() if each["Effect"] == "Allow"]


def actions(policy: str) -> set[str]:
    """Every action that a policy document allows."""
    return {action for each in allowed(policy) for action in each["Action"]}


def resources_of(policy: str, action: str) -> Sequence[str]:
    """The resources on which a policy document allows an action."""
    return [
        resource
        for each in allowed(policy)
        if action in each["Action"]
        for resource in each["Resource"]
    ]
