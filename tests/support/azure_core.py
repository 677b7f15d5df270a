"""An estate whose core lies on Azure: its stacks, and what a twin plans of the core."""

from functools import cache

from agent_studio.estate import Scope
from support.aws_cells import Stack
from support.estates import synthesized_estate
from support.planned_on_twins import as_azure_has_it, plans_of

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


def stack() -> Stack:
    """The core's stack."""
    return synthesized_estate(ESTATE, only="core")["core"]


def cell() -> Stack:
    """The stack of the cell that such a core comes to."""
    return synthesized_estate(ESTATE, only=CELL)[CELL]


@cache
def plans() -> tuple[str, str]:
    """What Terraform plans of the core before it stands and once it does, on a twin, as JSON."""
    first, second = plans_of(stack().document, "azurerm")
    return as_azure_has_it(first), as_azure_has_it(second)
