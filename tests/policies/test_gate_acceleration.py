"""What makes the checks quick changes nothing that they say."""

import json
import random
from typing import Any

import dpath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.policies import acceleration, builtin
from agent_studio.policies.acceleration import Paths

NAMES = st.sampled_from(["a", "b", "rule", "0", "x-y"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "t"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
CONFIGURATIONS = st.dictionaries(NAMES, TREES, max_size=4)
PARTS = st.sampled_from(["a", "b", "rule", "[0]", "0", "1", "x-y", "*", "r*"])
GLOBS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


def outcome(call: Any, *arguments: Any) -> Any:
    """What a call gives, or the type of what it raises."""
    try:
        return call(*arguments)
    except (KeyError, ValueError) as error:
        return type(error)


@given(CONFIGURATIONS, GLOBS)
def test_paths_find_what_dpath_finds(configuration: dict[str, Any], glob: str) -> None:
    """The quick look-up finds the same value, nothing, or too many, as dpath does."""
    assert outcome(Paths.get, configuration, glob) == outcome(dpath.get, configuration, glob)
    assert (Paths.search(configuration, glob) == {}) == (dpath.search(configuration, glob) == {})


@given(CONFIGURATIONS, NAMES)
def test_names_are_found_at_any_depth_as_by_dpath(configuration: Any, name: str) -> None:
    """A search for a name at any depth gives the same paths and values."""
    glob = f"**/{name}"

    def found(search: Any) -> list[str]:
        return sorted(f"{path}={value!r}" for path, value in search(configuration, glob, True))

    assert found(Paths.search) == found(lambda c, g, y: dpath.search(c, g, yielded=y))


@pytest.mark.parametrize("seed", range(12))
def test_a_reduced_graph_gives_the_same_outcome(
    example: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checks fail on the same resources with the whole graph and with what is needed of it."""
    plan = json.loads(example.plan_json.read_text())
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    module = plan["planned_values"]["root_module"]
    module["resources"] = [one for one in module["resources"] if chance.random() < 0.7]
    for resource in module["resources"]:
        for key in list(resource.get("values") or {}):
            if chance.random() < 0.2:
                resource["values"][key] = None

    def outcomes() -> set[tuple[str, str]]:
        return {(o.control, o.address) for o in builtin.load().of_plan(plan)}

    quick = outcomes()
    checks = builtin.load()
    monkeypatch.setattr(checks, "_needed", lambda _: acceleration.Needed(None, None))
    assert quick == outcomes()
