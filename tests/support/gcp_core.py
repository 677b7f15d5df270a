"""An estate whose core lies on Google Cloud: its stacks, and what a twin plans of the core."""

from functools import cache

from agent_studio.estate import Scope
from support.aws_cells import Stack
from support.estates import synthesized_estate
from support.planned_on_twins import plans_of

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
    return plans_of(stack().document, "google")
