"""Estates of any size, for tests and benches."""

import json
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory

from support.aws_cells import Stack

EXAMPLE = Path(__file__).parents[2] / "regions.yaml"
"""The repository's own estate."""

_REGIONS = {
    "aws": (
        ("eu-west-1", "eu-central-1", "eu-west-3", "eu-north-1"),
        ("us-east-2", "us-west-2", "us-east-1", "us-west-1"),
    ),
    "gcp": (
        ("europe-west3", "europe-west4", "europe-west1", "europe-north1"),
        ("us-central1", "us-east4", "us-west1", "us-east1"),
    ),
    "azure": (
        ("germanywestcentral", "swedencentral", "francecentral", "westeurope"),
        ("eastus2", "centralus", "westus3", "eastus"),
    ),
}
"""Cloud -> regions in the EU and in the US."""
_CELLS = tuple(IPv4Network("10.16.0.0/12").subnets(new_prefix=20))
MOST_CELLS = len(_CELLS)
"""Cells for which there are address ranges."""

_HEAD = """\
version: 1
studio: acme

core: {region: aws/eu-west-1, account: platform, domain: studio.acme.example}

vault:
  clusters:
    EU: https://vault.eu.acme.example:8200
    US: https://vault.us.acme.example:8200

ci: {repository: acme/estate, environment: production}

data_classes:
  public:     {residency: anywhere}
  internal:   {residency: jurisdiction}
  personal:   {residency: jurisdiction, crossing: deidentified}

runtimes:
  collector:
    cpu: 1
    memory: 2GiB
    max_instances: 10
    data_classes: [public, internal]
    egress: [api.github.com]
    budget: {usd_per_day: 50, tokens_per_day: 5_000_000}
  analyst:
    cpu: 2
    memory: 4GiB
    data_classes: [internal, personal]

accounts:
  platform: {cloud: aws, id: "100000000000", owner: platform-team}
"""


def _account(name: str, number: int, cloud: str, home: str) -> str:
    ids = {
        "aws": f'"{200000000000 + number}"',
        "gcp": f"acme-{name}",
        "azure": f"00000000-0000-4000-8000-{number:012d}, "
        "tenant: 99999999-0000-4000-8000-000000000000",
    }
    issuer = f", issuer: https://{name}.tokens.sts.global.api.aws" if cloud == "aws" else ""
    return (
        f"  {name}: {{cloud: {cloud}, id: {ids[cloud]}, owner: {name}, "
        f"budget_usd_per_month: 4000, home: {cloud}/{home}{issuer}}}"
    )


def estate_text(cells: int, *, cells_per_account: int = 4, clouds: Sequence[str] = ("aws",)) -> str:
    """Write an estate of cells, half of each cloud's accounts in the EU and half in the US.

    Args:
        cells: how many cells, at most `MOST_CELLS`.
        cells_per_account: cells of one account, each in a region of its own; at most 4.
        clouds: the clouds to spread the accounts over.
    """
    if not 1 <= cells <= MOST_CELLS:
        message = f"from 1 to {MOST_CELLS} cells, not {cells}"
        raise ValueError(message)
    accounts = []
    regions: dict[str, list[str]] = {}
    for number in range(cells):
        account, place = divmod(number, cells_per_account)
        name = f"team-{account:03d}"
        round_, turn = divmod(account, len(clouds))
        cloud = clouds[turn]
        area = _REGIONS[cloud][round_ % 2]
        if place == 0:
            accounts.append(_account(name, account, cloud, area[0]))
        regions.setdefault(f"{cloud}/{area[place]}", []).append(
            f"    {name}: {{network: {_CELLS[number]}, runtimes: [collector, analyst]}}"
        )
    lines = ["\nregions:"]
    for region, entries in regions.items():
        lines += [f"  {region}:", *entries]
    return _HEAD + "\n".join(accounts) + "\n" + "\n".join(lines) + "\n"


def write_estate(
    path: Path, cells: int, *, cells_per_account: int = 4, clouds: Sequence[str] = ("aws",)
) -> Path:
    """Write `estate_text` to a file, and give the file back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = estate_text(cells, cells_per_account=cells_per_account, clouds=clouds)
    path.write_text(text, encoding="utf-8")
    return path


@cache
def synthesized_estate(text: str | None = None, *, only: str | None = None) -> dict[str, Stack]:
    """The stacks of an estate, built in this process once; the repository's own by default."""
    from agent_studio.bindings.cdk import select as select_cdk

    select_cdk()
    from agent_studio.estate.loader import load_estate
    from agent_studio.stacks.app import build
    from agent_studio.stacks.selection import select

    with TemporaryDirectory() as folder:
        file = EXAMPLE
        if text is not None:
            file = Path(folder) / "estate.yaml"
            file.write_text(text, encoding="utf-8")
        estate = load_estate(file)
        chosen = select(estate, [only] if only else None)
        app, failures = build(estate, chosen, out=folder)
        assert not failures, failures
        app.synth()
        return {
            ref.name: Stack(
                json.loads((Path(folder) / "stacks" / ref.name / "cdk.tf.json").read_bytes())
            )
            for ref in chosen
        }
