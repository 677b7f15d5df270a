"""An estate whose core lies on Azure: its stacks, and what a twin plans of the core."""

import json
import re
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from agent_studio.estate import Scope
from agent_studio.rehearsal.twins.mirror import lay_out
from support.aws_cells import Stack
from support.estates import synthesized_estate
from support.terraform import run_alone, settings

SUBSCRIPTION = "00000000-0000-4000-8000-0000000000c1"
TENANT = "00000000-0000-4000-8000-00000000000a"
REGION = "swedencentral"
SUBJECTS = {
    "mailbox": "00000000-0000-4000-8000-0000000000b1",
    "release": "00000000-0000-4000-8000-0000000000b2",
}
"""Object ids of the core's identities, as Entra would make them up."""

ADDRESSES = "20.0.0.0/28"

ESTATE = f"""\
version: 1
studio: acme

core:
  region: azure/{REGION}
  account: platform
  domain: studio.acme.example
  subjects: {{mailbox: {SUBJECTS["mailbox"]}, release: {SUBJECTS["release"]}}}

vault:
  clusters:
    EU: https://vault.eu.acme.example:8200
    UK: https://vault.uk.acme.example:8200

ci: {{repository: acme/estate, environment: production, addresses: [{ADDRESSES}]}}

data_classes:
  internal: {{residency: jurisdiction}}

runtimes:
  collector: {{cpu: 1, memory: 2GiB, data_classes: [internal], egress: [api.github.com]}}

accounts:
  platform:   {{cloud: azure, id: {SUBSCRIPTION}, tenant: {TENANT}, owner: platform-team}}
  clinics-uk:
    {{cloud: azure, id: 00000000-0000-4000-8000-000000000001, tenant: {TENANT}, owner: clinics}}

regions:
  azure/uksouth:
    clinics-uk: {{network: 10.16.0.0/20, runtimes: [collector]}}
"""
"""A core in Sweden and a cell in London, in two subscriptions of one tenant."""

ABROAD = (
    ESTATE.replace(
        "\nregions:",
        """
  payments-eu: {cloud: aws, id: "222222222222", owner: payments}
  research-de: {cloud: gcp, id: acme-research-de, owner: research}

regions:""",
    )
    + """\
  aws/eu-west-1:
    payments-eu: {network: 10.16.16.0/20, runtimes: [collector]}
  gcp/europe-west4:
    research-de: {network: 10.16.32.0/20, runtimes: [collector]}
"""
)
"""The same, with cells on the other clouds."""

ON_AWS = "cell-aws-eu-west-1-payments-eu"
ON_GOOGLE = "cell-gcp-europe-west4-research-de"
AWS_GUARDRAILS = "guardrails-payments-eu"
ISSUER = f"sts.windows.net/{TENANT}/"
AUDIENCE = f"api://{TENANT}/acme-cells"
"""Of the tokens that such a core shows to them."""

CORE = Scope(studio="acme", stack="core", account_id=SUBSCRIPTION, region=REGION, partition="")
"""What the core's names are computed from."""

CELL = "cell-azure-uksouth-clinics-uk"

_MADE_UP = re.compile(r"twin-([0-9a-f]{24})")


def stack() -> Stack:
    """The core's stack."""
    return synthesized_estate(ESTATE, only="core")["core"]


def cell() -> Stack:
    """The stack of the cell that such a core comes to."""
    return synthesized_estate(ESTATE, only=CELL)[CELL]


@cache
def plans() -> tuple[str, str]:
    """What Terraform plans of the core before it stands and once it does, on a twin, as JSON.

    What the twin makes up is put as Azure has it: object ids and client ids are UUIDs.
    """
    document: dict[str, Any] = json.loads(json.dumps(stack().document))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document["terraform"]["backend"] = {"local": {"path": str(folder / "terraform.tfstate")}}
        work = folder / "work"
        work.mkdir()
        (work / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
        where = settings(folder, lay_out(folder / "mirror", folder / "cloud", ["azurerm"]))

        def run(*words: str) -> str:
            status, said = run_alone(words, work=work, settings=where)
            if status:
                raise RuntimeError(said[-3000:])
            return said

        def plan() -> str:
            run("plan", "-input=false", "-out=plan")
            return _MADE_UP.sub(
                lambda found: str(uuid.uuid5(uuid.NAMESPACE_OID, found[1])),
                run("show", "-json", "plan"),
            )

        run("init", "-input=false")
        first = plan()
        run("apply", "-input=false", "-auto-approve", "plan")
        return first, plan()
