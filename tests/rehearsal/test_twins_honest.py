"""A twin of the AWS provider beside the real one: what differs is known and explained."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from agent_studio.delivery.schemas.providers import Provider, schema
from agent_studio.rehearsal.mirror import find_mirror
from agent_studio.rehearsal.twins.bindings import load_schemas
from agent_studio.rehearsal.twins.comparison import Difference, Found, differences, real_blocks

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "twins.md"
ROW = re.compile(r"^\| (?P<kind>[^|]+) \| `(?P<path>[^`]+)` \| (?P<why>[^|]+) \|$", re.M)


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


def explained() -> Iterator[tuple[Difference, str]]:
    """Every difference that the page explains."""
    for row in ROW.finditer(PAGE.read_text("utf-8")):
        if row["kind"] in set(Difference):
            yield Difference(row["kind"]), row["path"]


@pytest.mark.cloud
def test_every_difference_is_explained() -> None:
    """What a twin has in another way than the real provider stands on the page."""
    known = list(explained())
    unexplained = [
        f"| {each.kind} | `{each.path}` | | (twin: {each.twin}; real: {each.real})"
        for each in found()
        if not any(each.kind is kind and fnmatchcase(each.path, path) for kind, path in known)
    ]
    assert not unexplained, "\n".join([f"explain in {PAGE}:", *unexplained])


@pytest.mark.cloud
def test_no_explanation_is_left_over() -> None:
    """A difference that is gone is no longer on the page."""
    stale = [
        (kind, path)
        for kind, path in explained()
        if not any(each.kind is kind and fnmatchcase(each.path, path) for each in found())
    ]
    assert not stale


@pytest.mark.cloud
def test_types_and_nesting_are_the_real_ones() -> None:
    """Nothing that both have is nested in another way, and one status alone is of another type."""
    assert not [each for each in found() if each.kind is Difference.NESTING]
    assert {each.path for each in found() if each.kind is Difference.TYPE} == {
        "aws_networkfirewall_firewall.firewall_status"
    }
