"""Cells on Azure to synthesize, and what their stacks hold."""

import json
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from agent_studio.estate import Cell, CiSpec, Cloud, Runtime, Scope
from support.aws_cells import CORE, INTERNAL, PUBLIC, VAULT, Stack, cell_of, profile

ISSUER = "https://00000000-0000-4000-8000-0000000000c0.tokens.sts.global.api.aws"
"""The issuer that AWS made up for the core's account."""

ADDRESSES = (IPv4Network("20.0.0.0/28"),)
"""Where the estate's CI comes from."""

CI = CiSpec(repository="acme/estate", environment="production", addresses=ADDRESSES)
SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
TENANT = "00000000-0000-4000-8000-00000000000a"
REGION = "eastus2"


def runtime(name: str = "analyst", **changes: Any) -> Runtime:
    """A runtime profile, with what a test changes."""
    return profile(name, **{"models": (), **changes})


COLLECTOR = runtime("collector", cpu=1, memory=2048, data_classes=(PUBLIC, INTERNAL))
TALKER = runtime("talker", egress=("API.github.com",))


def cell(*runtimes: Runtime, region: str = REGION, addresses: bool = True) -> Cell:
    """A cell in one subscription, with these runtimes."""
    found = cell_of(
        *runtimes,
        cloud=Cloud.AZURE,
        region=region,
        name="retail-us",
        id_=SUBSCRIPTION,
        owner="Retail & Stores",
        tenant=TENANT,
        network="10.16.32.0/20",
    )
    return replace(found, ci_addresses=ADDRESSES if addresses else ())


def synthesize(found: Cell, core: Scope = CORE) -> Stack:
    """The stack of any cell."""
    from cdktf import App

    from agent_studio.stacks.azure.cell import AzureCellStack

    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        AzureCellStack(app, cell=found, core=core)
        app.synth()
        with open(f"{folder}/stacks/{found.stack}/cdk.tf.json", encoding="utf-8") as file:
            return Stack(json.load(file))


@cache
def synthesized(
    *runtimes: Runtime,
    region: str = REGION,
    addresses: bool = True,
    vault: str | None = VAULT,
) -> Stack:
    """The stack of `cell(*runtimes, region=region)`, whose core declares its issuer."""
    found = cell(*runtimes, region=region, addresses=addresses)
    found = replace(found, vault_address=vault)
    return synthesize(found, core=replace(CORE, issuer=ISSUER))


def stack() -> Stack:
    """A cell with two runtimes that reach nothing outside, and one that does."""
    return synthesized(runtime(), COLLECTOR, TALKER)


@cache
def guardrails(budget: float | None = 4000.5, with_ci: bool = True) -> Stack:
    """The guardrails of a subscription in Virginia, with two regions open."""
    from cdktf import App

    from agent_studio.stacks.azure.guardrails import AzureGuardrailsStack

    account = replace(cell().account, budget_usd_per_month=budget)
    place = Scope(
        studio="acme",
        stack=f"guardrails-{account.name}",
        account_id=account.id,
        region=account.home.name,
        partition="",
    )
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        AzureGuardrailsStack(
            app,
            place=place,
            account=account,
            regions=["eastus2", "centralus"],
            ci=CI if with_ci else None,
        )
        app.synth()
        with open(f"{folder}/stacks/{place.stack}/cdk.tf.json", encoding="utf-8") as file:
            return Stack(json.load(file))


class Grant(NamedTuple):
    """Who has which role on what."""

    role: str
    on: str
    who: str


def grants(found: Stack) -> dict[str, Grant]:
    """Every role that a stack gives, by the path of its construct."""
    return {
        path: Grant(each["role_definition_name"], each["scope"], each["principal_id"])
        for path, each in found.of("azurerm_role_assignment").items()
    }


def identity(path: str) -> str:
    """A reference's beginning to the identity at a construct path, e.g. `identity-analyst`."""
    return f"${{azurerm_user_assigned_identity.{path}_"


def expression(found: Stack, kind: str, path: str, attribute: str = "id") -> str:
    """The reference to an attribute of the one resource of a type at a construct path."""
    unique = found.of(kind)[path]["//"]["metadata"]["uniqueId"]
    return f"${{{kind}.{unique}.{attribute}}}"
