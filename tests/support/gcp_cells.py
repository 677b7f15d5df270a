"""Cells on Google Cloud to synthesize, and what their stacks hold."""

import json
from dataclasses import replace
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from agent_studio.estate import Cell, CiSpec, Cloud, Runtime, Scope
from support.aws_cells import CORE, INTERNAL, PUBLIC, VAULT, Stack, cell_of, profile

CI = CiSpec(repository="acme/estate", environment="production")
PROJECT = "acme-research-de"
REGION = "europe-west3"


def runtime(name: str = "analyst", **changes: Any) -> Runtime:
    """A runtime profile, with what a test changes."""
    return profile(name, **{"models": ("vertex/europe-west3/gemini-2.5-pro",), **changes})


COLLECTOR = runtime("collector", cpu=1, memory=2048, data_classes=(PUBLIC, INTERNAL), models=())
TALKER = runtime("talker", egress=("api.github.com",), models=())


def cell(*runtimes: Runtime, region: str = REGION) -> Cell:
    """A cell in one project, with these runtimes."""
    return cell_of(
        *runtimes,
        cloud=Cloud.GCP,
        region=region,
        name="research-de",
        id_=PROJECT,
        owner="Research & Development",
        network="10.16.16.0/20",
    )


def synthesize(found: Cell, core: Scope = CORE) -> Stack:
    """The stack of any cell."""
    from cdktf import App

    from agent_studio.stacks.gcp.cell import GcpCellStack

    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        GcpCellStack(app, cell=found, core=core)
        app.synth()
        with open(f"{folder}/stacks/{found.stack}/cdk.tf.json", encoding="utf-8") as file:
            return Stack(json.load(file))


@cache
def synthesized(*runtimes: Runtime, region: str = REGION, vault: str | None = VAULT) -> Stack:
    """The stack of `cell(*runtimes, region=region)`, whose Vault is at an address, or nowhere."""
    return synthesize(replace(cell(*runtimes, region=region), vault_address=vault))


def stack() -> Stack:
    """A cell with two runtimes that reach nothing outside, and one that does."""
    return synthesized(runtime(), COLLECTOR, TALKER)


@cache
def guardrails(budget: float | None = 4000.5, with_ci: bool = True) -> Stack:
    """The guardrails of a project in Frankfurt, with two regions open."""
    from cdktf import App

    from agent_studio.stacks.gcp.guardrails import GcpGuardrailsStack

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
        GcpGuardrailsStack(
            app,
            place=place,
            account=account,
            regions=["europe-west3", "europe-west4"],
            ci=CI if with_ci else None,
        )
        app.synth()
        with open(f"{folder}/stacks/{place.stack}/cdk.tf.json", encoding="utf-8") as file:
            return Stack(json.load(file))


def bindings(policy: str) -> dict[str, set[str]]:
    """The roles of a policy, and who has each."""
    return {each["role"]: set(each["members"]) for each in json.loads(policy)["bindings"]}


def account_of(path: str) -> str:
    """A reference's beginning to the service account at a construct path, e.g. `identity-x`."""
    return f"${{google_service_account.{path}"
