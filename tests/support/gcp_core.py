"""An estate whose core lies on Google Cloud: its stacks, and what a twin plans of the core."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from agent_studio.estate import Scope
from agent_studio.rehearsal.twins.mirror import lay_out
from support.aws_cells import Stack
from support.estates import synthesized_estate
from support.terraform import run_alone, settings

PROJECT = "acme-platform"
REGION = "europe-west3"
SUBJECTS = {"mailbox": "101010101010101010101", "release": "202020202020202020202"}
"""Unique ids of the core's service accounts, as Google would make them up."""

ESTATE = f"""\
version: 1
studio: acme

core:
  region: gcp/{REGION}
  account: platform
  domain: studio.acme.example
  subjects: {{mailbox: "{SUBJECTS["mailbox"]}", release: "{SUBJECTS["release"]}"}}

vault:
  clusters:
    EU: https://vault.eu.acme.example:8200
    JP: https://vault.jp.acme.example:8200

data_classes:
  internal: {{residency: jurisdiction}}

runtimes:
  collector: {{cpu: 1, memory: 2GiB, data_classes: [internal], egress: [api.github.com]}}

accounts:
  platform:    {{cloud: gcp, id: {PROJECT}, owner: platform-team}}
  research-de: {{cloud: gcp, id: acme-research-de, owner: research}}
  research-jp: {{cloud: gcp, id: acme-research-jp, owner: research}}
  payments-eu: {{cloud: aws, id: "222222222222", owner: payments}}

regions:
  gcp/europe-west4:
    research-de: {{network: 10.16.0.0/20, runtimes: [collector]}}
  gcp/asia-northeast1:
    research-jp: {{network: 10.16.16.0/20, runtimes: [collector]}}
  aws/eu-west-1:
    payments-eu: {{network: 10.16.32.0/20, runtimes: [collector]}}
"""
"""Cells in two jurisdictions of Google Cloud, and one on AWS."""


CORE = Scope(studio="acme", stack="core", account_id=PROJECT, region=REGION, partition="")
"""What the core's names are computed from."""


def stack() -> Stack:
    """The core's stack."""
    return synthesized_estate(ESTATE, only="core")["core"]


@cache
def plans() -> tuple[str, str]:
    """What Terraform plans of the core before it stands and once it does, on a twin, as JSON."""
    document: dict[str, Any] = json.loads(json.dumps(stack().document))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document["terraform"]["backend"] = {"local": {"path": str(folder / "terraform.tfstate")}}
        work = folder / "work"
        work.mkdir()
        (work / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
        where = settings(folder, lay_out(folder / "mirror", folder / "cloud", ["google"]))

        def run(*words: str) -> str:
            status, said = run_alone(words, work=work, settings=where)
            if status:
                raise RuntimeError(said[-3000:])
            return said

        def plan() -> str:
            run("plan", "-input=false", "-out=plan")
            return run("show", "-json", "plan")

        run("init", "-input=false")
        first = plan()
        run("apply", "-input=false", "-auto-approve", "plan")
        return first, plan()
