"""What was allowed stays allowed once the cloud gives its values back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.packed import packed, stacks

from agent_studio.estate.loader import load_estate
from agent_studio.policies import static
from agent_studio.policies.model import Objection
from agent_studio.policies.places import Synthesized
from agent_studio.policies.plan import Plan

ESTATE = load_estate(Path(__file__).resolve().parents[2] / "regions.yaml")

# Type -> what the AWS provider reads back beside what was asked for (seen with 5.100).
READ_BACK: dict[str, dict[str, Any]] = {
    "aws_vpc_endpoint": {
        "service_region": "",
        "service_network_arn": "",
        "resource_configuration_arn": "",
    },
    "aws_eip": {"network_interface": "eni-0123", "instance": "", "public_ip": "192.0.2.1"},
    "aws_nat_gateway": {"network_interface_id": "eni-0123", "public_ip": "192.0.2.1"},
    "aws_iam_openid_connect_provider": {"url": "token.actions.githubusercontent.com"},
    "aws_db_instance": {
        "replicate_source_db": "",
        "ca_cert_identifier": "rds-ca-rsa2048-g1",
        "replica_mode": "",
    },
}


def objections(
    tmp_path: Path, stack: str, read_back: Mapping[str, Mapping[str, Any]]
) -> tuple[Objection, ...]:
    """What the policies object to in a stack whose plan shows some values as they were read."""
    synthesized = Synthesized(path=tmp_path, content=json.loads(packed(stack, "stack")), text="")
    file = tmp_path / "plan.json"
    file.write_text(packed(stack, "plan"))
    plan = Plan.read(file)
    changes = []
    for change in plan.changes:
        values = dict(read_back.get(change.type, {}))
        unknown = {name: mark for name, mark in change.unknown.items() if name not in values}
        changes.append(replace(change, after={**change.after, **values}, unknown=unknown))
    found = static.decided(
        synthesized, replace(plan, changes=tuple(changes)), stack=stack, estate=ESTATE
    )
    return found.objections


@pytest.mark.parametrize("stack", stacks())
def test_what_the_cloud_adds_denies_nothing(tmp_path: Path, stack: str) -> None:
    """Computed arguments, empty texts for what is unset, and an address without its scheme."""
    assert objections(tmp_path, stack, READ_BACK) == ()


def test_the_address_of_another_machine_is_still_denied(tmp_path: Path) -> None:
    """An elastic address may hang on the interface of a NAT gateway of the stack alone."""
    moved = {**READ_BACK, "aws_eip": {"network_interface": "eni-4567"}}
    found = objections(tmp_path, "cell-aws-eu-west-1-payments-eu", moved)
    assert {one.control for one in found} == {"studio/exposure-public"}


def test_an_endpoint_of_another_region_is_still_denied(tmp_path: Path) -> None:
    """A service region that is read back and is another one is no empty text."""
    moved = {**READ_BACK, "aws_vpc_endpoint": {"service_region": "us-east-1"}}
    found = objections(tmp_path, "cell-aws-eu-west-1-payments-eu", moved)
    assert {one.control for one in found} == {"studio/isolation-network"}
