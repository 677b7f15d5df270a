"""What counts as drift, and how bad it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.delivery.drift.differences import differing, drifted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(JSON)
def test_a_value_never_differs_from_itself(value: Any) -> None:
    """The same value is no drift."""
    assert list(differing(value, value)) == []


@given(st.lists(JSON, max_size=4).flatmap(lambda x: st.tuples(st.just(x), st.permutations(x))))
def test_the_order_of_a_list_is_no_drift(pair: tuple[list[Any], list[Any]]) -> None:
    """Sets come back in any order."""
    assert list(differing({"a": pair[0]}, {"a": pair[1]})) == []


@pytest.mark.parametrize(("before", "after"), [(None, {}), ({}, None), ([], None), ("", None)])
def test_nothing_has_many_spellings(before: Any, after: Any) -> None:
    """Null, an empty map, an empty list and an empty text are the same nothing."""
    assert list(differing({"tags": before}, {"tags": after})) == []


def test_a_policy_with_its_members_reordered_is_no_drift() -> None:
    """JSON in a text is compared as JSON."""
    before, after = '{"a":1,"b":[1,2]}', '{"b":[2,1], "a":1}'
    assert list(differing({"policy": before}, {"policy": after})) == []


def test_paths_name_what_differs_and_values_are_not_kept() -> None:
    """A report gives the attribute's path; the secret that it holds stands nowhere in it."""
    change = {
        "actions": ["update"],
        "before": {"rule": [{"port": 1, "token": "old-secret"}]},
        "after": {"rule": [{"port": 1, "token": "new-secret"}]},
    }
    plan = {"resource_drift": [{"address": "a.b", "type": "aws_x", "change": change}]}
    (found,) = drifted(plan)
    assert found.paths == ("rule[0].token",)
    assert "secret" not in repr(found)


def test_the_worst_drift_comes_first() -> None:
    """A deleted bucket and an opened security group stand above a changed tag."""

    def entry(type_: str, before: Any, after: Any, action: str = "update") -> dict[str, Any]:
        change = {"actions": [action], "before": before, "after": after}
        return {"address": f"{type_}.x", "type": type_, "change": change}

    plan = {
        "resource_drift": [
            entry("aws_sqs_queue", {"tags": {"Name": "a"}}, {"tags": {"Name": "b"}}),
            entry("aws_sqs_queue", {"delay_seconds": 0}, {"delay_seconds": 9}),
            entry("aws_s3_bucket", {"bucket": "b"}, None, "delete"),
            entry("aws_security_group", {"ingress": []}, {"ingress": [{"from_port": 22}]}),
        ]
    }
    assert [(one.severity.value, one.kind) for one in drifted(plan)] == [
        ("critical", "deleted"),
        ("critical", "changed"),
        ("medium", "changed"),
        ("low", "changed"),
    ]


def test_a_time_that_moves_by_itself_is_no_drift() -> None:
    """A database's latest restorable time advances with its backups; nobody changed a thing."""
    change = {
        "actions": ["update"],
        "before": {"latest_restorable_time": "2026-01-01T00:00:00Z", "port": 1},
        "after": {"latest_restorable_time": "2026-01-01T00:05:00Z", "port": 1},
    }
    resource = {"address": "aws_db_instance.d", "type": "aws_db_instance", "change": change}
    assert drifted({"resource_drift": [resource]}) == ()
    change["after"] = {**change["after"], "port": 2}
    assert [one.paths for one in drifted({"resource_drift": [resource]})] == [("port",)]
