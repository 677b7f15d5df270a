"""The region catalogue beside lists that others keep."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.identity._enums import RegionalAuthority
from cfnlint.helpers import REGIONS
from ruamel.yaml import YAML

from agent_studio.estate.catalogue import regions

LISTS = Path(__file__).with_name("region_lists")


def _read(name: str) -> Any:
    return YAML(typ="safe").load(LISTS / name)


LIST_OF: dict[str, Callable[[], set[str]]] = {
    "aws": lambda: set(REGIONS),
    "azure": lambda: {region.value for region in RegionalAuthority},
    "gcp": lambda: set(_read("gcp.yaml")["regions"]),
}
"""By cloud: cfn-lint and azure-identity as installed, and the list of c7n-gcp as committed."""


def _compare(theirs: set[str], ours: set[str], known: dict[str, Any]) -> list[str]:
    """Name each difference that is not explained, and each explanation that explains none."""
    found = {"theirs": theirs - ours, "ours": ours - theirs}
    problems = []
    for side, names in found.items():
        rows = [name for row in known[side] for name in row["regions"]]
        problems += [f"{side} alone, unexplained: {name}" for name in sorted(names - set(rows))]
        problems += [f"{side}, no difference: {name}" for name in sorted(set(rows) - names)]
        problems += [f"{side}, twice: {name}" for name in sorted(set(rows)) if rows.count(name) > 1]
    return problems


@pytest.mark.parametrize("cloud", LIST_OF)
def test_the_catalogue_differs_from_a_kept_list_only_where_it_is_explained(cloud: str) -> None:
    """Every difference, either way, stands in differences.yaml, and each entry there is one."""
    known = _read("differences.yaml")[cloud]
    assert _compare(LIST_OF[cloud](), set(regions(cloud)), known) == []
    assert all(row["reason"] for side in known.values() for row in side)


def test_each_kind_of_difference_is_named() -> None:
    """A region on one side alone and an entry that is stale or doubled are told by name."""
    known = {
        "theirs": [{"reason": "closed", "regions": ["gone", "shut", "shut"]}],
        "ours": [{"reason": "new", "regions": ["both"]}],
    }
    assert _compare({"both", "shut", "lacked"}, {"both", "extra"}, known) == [
        "theirs alone, unexplained: lacked",
        "theirs, no difference: gone",
        "theirs, twice: shut",
        "ours alone, unexplained: extra",
        "ours, no difference: both",
    ]
