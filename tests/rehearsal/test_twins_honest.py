"""A twin of the AWS provider beside the real one: what differs is known and explained."""

import os
from functools import cache

import pytest
from support.twins_page import PAGE, stale, unexplained

from agent_studio.delivery.schemas.providers import Provider, schema
from agent_studio.rehearsal.mirror import find_mirror
from agent_studio.rehearsal.twins.bindings import load_schemas
from agent_studio.rehearsal.twins.comparison import Difference, Found, differences, real_blocks


@cache
def found() -> tuple[Found, ...]:
    """Every difference between the twin's schema and the real provider's."""
    mirror = find_mirror()
    if mirror is None:
        pytest.skip("no local mirror holds the AWS provider")
    folder = mirror / "registry.terraform.io" / "hashicorp" / "aws"
    (program,) = (p for p in folder.glob("*/*/terraform-provider-aws*") if os.access(p, os.X_OK))
    real = real_blocks(schema(Provider("hashicorp/aws", program)).message)
    twin = load_schemas("aws")
    assert not twin["unreadable"]
    return tuple(
        each
        for type_, one in twin["resource_schemas"].items()
        for each in differences(type_, one["block"], real[type_])
    )


@pytest.mark.cloud
def test_every_difference_is_explained() -> None:
    """What a twin has in another way than the real provider stands on the page."""
    rows = unexplained(found(), Difference)
    assert not rows, "\n".join([f"explain in {PAGE}:", *rows])


@pytest.mark.cloud
def test_no_explanation_is_left_over() -> None:
    """A difference that is gone is no longer on the page."""
    assert not stale(found(), Difference)


@pytest.mark.cloud
def test_types_and_nesting_are_the_real_ones() -> None:
    """Nothing that both have is nested in another way, and one status alone is of another type."""
    assert not [each for each in found() if each.kind is Difference.NESTING]
    assert {each.path for each in found() if each.kind is Difference.TYPE} == {
        "aws_networkfirewall_firewall.firewall_status"
    }
