"""No cell's stack mentions a place outside of its jurisdiction, on whatever cloud."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from support.estates import EXAMPLE, estate_text, synthesized_estate
from support.fields import PLACES, WIDE, fields

from agent_studio.estate import Cell, Cloud, Estate
from agent_studio.estate.catalogue import regions
from agent_studio.estate.loader import load_estate, load_text
from agent_studio.stacks.clouds import CELLS


@cache
def estates() -> dict[str, tuple[Estate, str | None]]:
    """The repository's own estate, and one with cells in many regions of every cloud."""
    text = estate_text(24, clouds=tuple(CELLS))
    return {
        "example": (load_estate(EXAMPLE), None),
        "wide": (load_text(Path("wide.yaml"), text), text),
    }


def cells() -> Iterator[tuple[str, Cell]]:
    """Every cell of these."""
    for name, (estate, _) in estates().items():
        for cell in estate.cells:
            yield name, cell


@cache
def foreign(jurisdiction: str) -> re.Pattern[str]:
    """What matches the name of any region, of any cloud, that lies outside of a jurisdiction."""
    away = [
        name
        for cloud in Cloud
        for name, each in regions(cloud.value).items()
        if each.jurisdiction != jurisdiction
    ]
    longest_first = "|".join(sorted(map(re.escape, away), key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9-])({longest_first})(?![a-z0-9])")


@pytest.mark.parametrize(
    ("estate", "cell"), [pytest.param(*each, id=f"{each[0]}-{each[1].stack}") for each in cells()]
)
def test_a_cell_mentions_no_place_outside_of_its_jurisdiction(estate: str, cell: Cell) -> None:
    """Every text of the stack is held against the whole catalogue."""
    document = synthesized_estate(estates()[estate][1])[cell.stack].document
    pattern = foreign(cell.jurisdiction)
    seen = 0
    for field, text in fields(document):
        found = pattern.search(text)
        assert found is None, f"{field}: {text[:200]} names {found and found[0]}"
        if field in PLACES and not text.startswith("${"):
            seen += 1
            assert not WIDE.match(text), f"{field}: {text}"
    assert seen, "the stack names no place at all"
