"""A twin's parts: values on the wire, what a plan leaves open, and what its cloud holds."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.rehearsal.twins.clouds import plausible, rendered, table
from agent_studio.rehearsal.twins.errors import Refused
from agent_studio.rehearsal.twins.planning import planned, replaced, settled
from agent_studio.rehearsal.twins.protocol.messages import message
from agent_studio.rehearsal.twins.protocol.values import UNKNOWN, decoded, encoded
from agent_studio.rehearsal.twins.provider import Twin
from agent_studio.rehearsal.twins.store import Store

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=20)
    | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
BLOCK: dict[str, Any] = {
    "attributes": {
        "id": {"type": "string", "optional": True, "computed": True},
        "name": {"type": "string", "required": True},
        "kind": {"type": "string", "optional": True, "computed": True},
        "link": {"type": "string", "computed": True},
        "count": {"type": "number", "computed": True},
    },
    "block_types": {
        "rule": {
            "nesting_mode": "list",
            "block": {
                "attributes": {
                    "port": {"type": "number", "required": True},
                    "seen": {"type": "bool", "computed": True},
                }
            },
        }
    },
}

POLICY: dict[str, Any] = {
    "attributes": {
        "id": {"type": "string", "optional": True, "computed": True},
        "policy_data": {"type": "string", "required": True},
    }
}


@given(VALUES)
def test_values_survive_the_wire(value: Any) -> None:
    """What is not known comes back as not known, at any depth."""
    assert decoded(message("DynamicValue", msgpack=encoded(value))) == value


def test_a_plan_leaves_open_what_the_cloud_alone_sets() -> None:
    """Also within blocks; what nobody set of the optional stays empty."""
    config = {"id": None, "name": "n", "kind": None, "link": None, "count": None}
    found = planned(BLOCK, {**config, "rule": [{"port": 1, "seen": None}]}, creates=True)
    assert found == {
        "id": UNKNOWN,
        "name": "n",
        "kind": None,
        "link": UNKNOWN,
        "count": UNKNOWN,
        "rule": [{"port": 1, "seen": UNKNOWN}],
    }
    values = settled(BLOCK, found, lambda path, type_: ".".join(path) + f":{type_}")
    assert values == {
        "id": "id:string",
        "name": "n",
        "kind": None,
        "link": "link:string",
        "count": "count:number",
        "rule": [{"port": 1, "seen": "rule.seen:bool"}],
    }
    again = planned(BLOCK, values, creates=False)
    assert again == values


def test_only_a_change_forces_another_resource() -> None:
    """An attribute that is no longer set keeps its value, and forces nothing."""
    prior = {"name": "a", "region": "x", "zone": None}
    assert list(replaced(["name", "region", "zone"], prior, {**prior, "name": "b"})) == ["name"]
    assert list(replaced(["region"], prior, {**prior, "region": None})) == []
    assert list(replaced(["region"], prior, {**prior, "region": UNKNOWN})) == ["region"]


@given(st.text(min_size=1, max_size=300))
def test_a_store_keeps_any_id(tmp_path_factory: pytest.TempPathFactory, id_: str) -> None:
    """Slashes, dots and length of an id lead nowhere but into its folder."""
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder / "cloud")
    store.create("a_type", id_, {"id": id_})
    assert store.read("a_type", id_) == {"id": id_}
    assert [path.name for path in folder.iterdir()] == ["cloud"]
    with pytest.raises(Refused, match="exists already"):
        store.create("a_type", id_, {})
    store.delete("a_type", id_)
    assert store.read("a_type", id_) is None
    with pytest.raises(Refused, match="does not exist"):
        store.update("a_type", id_, {})


def test_a_template_waits_for_what_it_needs() -> None:
    """A name that is not known yet leaves the whole text open."""
    assert rendered("{a}/{b}", {"a": "x", "b": "y"}) == "x/y"
    assert rendered("{a}/{b}", {"a": "x", "b": UNKNOWN}) is None
    assert rendered("{a}/{b}", {"a": "x"}) is None


def test_what_a_cloud_chooses_is_the_same_each_time() -> None:
    """And another for another resource, of the type that the schema asks for."""
    one = plausible("t", ["x"], "string", "a")
    assert one == plausible("t", ["x"], "string", "a") != plausible("t", ["x"], "string", "b")
    assert isinstance(plausible("t", ["x"], "number", "a"), int)
    assert plausible("t", ["x"], "bool", "a") is False
    assert plausible("t", ["x"], ["list", "string"], "a") == []
    assert plausible("t", ["x"], ["map", "string"], "a") == {}
    assert plausible("t", ["x"], ["object", {"p": "string"}], "a") == {"p": None}


def test_a_policy_for_nobody_is_refused(tmp_path: Path) -> None:
    """A member by a computed name must exist; accounts that come before the stacks are let be."""
    schemas = {"resource_schemas": {"google_pubsub_topic_iam_policy": {"block": POLICY}}}
    store = Store(tmp_path)
    twin = Twin("google", schemas, table("google"), store)
    calls = twin.calls()
    settings = {"project": "acme-x", "region": None}
    calls["ConfigureProvider"](message("ConfigureRequest", config=_wire(settings)))

    def apply(member: str) -> list[str]:
        values = {"id": UNKNOWN, "policy_data": f'{{"members": ["serviceAccount:{member}"]}}'}
        answer = calls["ApplyResourceChange"](
            message(
                "ApplyResourceChangeRequest",
                type_name="google_pubsub_topic_iam_policy",
                prior_state=_wire(None),
                planned_state=_wire(values),
            )
        )
        return [each.summary for each in answer.diagnostics]

    email = "acme-reader-12345678@acme-x.iam.gserviceaccount.com"
    id_ = f"projects/acme-x/serviceAccounts/{email}"
    assert apply(email) == [f"google_service_account {id_} does not exist"]
    assert apply("acme-studio-apply-12345678@acme-x.iam.gserviceaccount.com") == []
    assert apply("service-1@gcp-sa-pubsub.iam.gserviceaccount.com") == []
    store.create("google_service_account", id_, {"id": id_})
    assert apply(email) == []


def _wire(value: Any) -> Any:
    return message("DynamicValue", msgpack=encoded(value))
