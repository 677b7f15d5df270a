"""Names within each cloud's limits, and never two of one kind alike."""

import inspect
import re
from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_studio.estate.catalogue import regions
from agent_studio.estate.names import aws, azure, gcp
from agent_studio.estate.scope import Scope

LOWER = r"[a-z](?:[a-z0-9]|-(?!-))*[a-z0-9]"
PATH = r"[A-Za-z0-9_./-]+"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Function -> shortest, longest, alphabet: each as the service's own documentation has it.
LIMITS: dict[ModuleType, dict[str, tuple[int, int, str]]] = {
    aws: {
        "bucket": (3, 63, LOWER),
        "state_bucket": (3, 63, LOWER),
        "role": (1, 64, LOWER),
        "policy": (1, 128, LOWER),
        "key_alias": (1, 256, rf"alias/(?!aws/){PATH}"),
        "log_group": (1, 512, rf"/(?!aws/){PATH}"),
        "queue": (1, 80, LOWER),
        "repository": (2, 256, r"[a-z0-9]+(?:[._/-][a-z0-9]+)*"),
        "parameter": (1, 1011, rf"/(?!aws/|ssm/){PATH}"),
        "label": (1, 63, LOWER),
        "cluster": (1, 255, LOWER),
        "insights_log_group": (1, 512, rf"/aws/ecs/containerinsights/{PATH}"),
    },
    gcp: {
        "bucket": (3, 63, LOWER),
        "state_bucket": (3, 63, LOWER),
        "service_account": (6, 30, LOWER),
        "key_ring": (1, 63, LOWER),
        "network": (1, 63, LOWER),
        "subnet": (1, 63, LOWER),
        "repository": (1, 63, LOWER),
        "service": (1, 49, LOWER),
        "topic": (3, 255, LOWER),
        "secret": (1, 255, LOWER),
        "log_bucket": (1, 100, LOWER),
        "identity_pool": (4, 32, rf"(?!gcp-){LOWER}"),
        "custom_role": (3, 64, r"[a-z][a-z0-9_]*"),
        "label": (1, 63, LOWER),
    },
    azure: {
        "resource_group": (1, 90, LOWER),
        "storage_account": (3, 24, r"[a-z0-9]+"),
        "state_account": (3, 24, r"[a-z0-9]+"),
        "key_vault": (3, 24, LOWER),
        "identity": (3, 63, LOWER),
        "network": (2, 64, LOWER),
        "container_app": (2, 32, LOWER),
        # The provider takes no 60th character that is a digit.
        "container_environment": (2, 59, LOWER),
        "registry": (5, 50, r"[a-z0-9]+"),
        "service_bus": (6, 50, LOWER),
        "database_server": (3, 63, LOWER),
        "log_workspace": (4, 63, LOWER),
        "model_account": (2, 64, LOWER),
        "label": (1, 63, LOWER),
        "workbook": (36, 36, UUID),
    },
}
# Names of what a stack has once, or an account once in a region: the purpose does not tell apart.
ONCE_A_REGION = {"state_bucket", "state_account"}


def words(longest: int) -> st.SearchStrategy[str]:
    """Give names as `regions.yaml` takes them: letters, digits and single hyphens."""
    return st.text(alphabet="abz019-", min_size=1, max_size=longest - 2).map(
        lambda t: "a" + "-".join(part for part in t.split("-") if part) + "z"
    )


STUDIOS = words(16)
NAMES = words(32)
IDS = {
    "aws": st.from_regex(r"[0-9]{12}", fullmatch=True),
    "gcp": st.from_regex(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", fullmatch=True),
    "azure": st.uuids().map(str),
}


def scopes(cloud: str) -> st.SearchStrategy[Scope]:
    """Give places of stacks on a cloud, of any kind and with names of any length."""
    return st.builds(
        lambda studio, account, id_, region, kind: Scope(
            studio=studio,
            stack={
                "core": "core",
                "guardrails": f"guardrails-{account}",
                "cell": f"cell-{cloud}-{region}-{account}",
            }[kind],
            account_id=id_,
            region=region,
            partition="aws" if cloud == "aws" else "",
        ),
        STUDIOS,
        NAMES,
        IDS[cloud],
        st.sampled_from(sorted(regions(cloud))),
        st.sampled_from(["core", "guardrails", "cell", "cell", "cell"]),
    )


PURPOSES = words(40)
CASES = [(module, name) for module, functions in LIMITS.items() for name in functions]


def _name(module: ModuleType, function: str, scope: Scope, purpose: str) -> str:
    call: Callable[..., str] = getattr(module, function)
    parameters = inspect.signature(call).parameters
    return call(scope, purpose) if "purpose" in parameters else call(scope)


def _cloud(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize(("module", "function"), CASES, ids=lambda v: getattr(v, "__name__", v))
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_name_keeps_its_services_limits(
    module: ModuleType, function: str, data: st.DataObject
) -> None:
    """However long its parts, a name has the length and the alphabet that its service takes."""
    shortest, longest, alphabet = LIMITS[module][function]
    name = _name(module, function, data.draw(scopes(_cloud(module))), data.draw(PURPOSES))
    assert shortest <= len(name) <= longest
    assert re.fullmatch(alphabet, name), name


@pytest.mark.parametrize(("module", "function"), CASES, ids=lambda v: getattr(v, "__name__", v))
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_no_two_stacks_or_purposes_share_a_name(
    module: ModuleType, function: str, data: st.DataObject
) -> None:
    """Two stacks, or two purposes in one, never get one name of a kind within an account."""
    cloud = _cloud(module)
    one = data.draw(scopes(cloud))
    other = data.draw(st.just(one) | scopes(cloud))
    purposes = data.draw(st.tuples(PURPOSES, PURPOSES))
    pairs = {(one.stack, one.studio, purposes[0]), (other.stack, other.studio, purposes[1])}
    names = {_name(module, function, one, purposes[0]), _name(module, function, other, purposes[1])}
    takes_purpose = "purpose" in inspect.signature(getattr(module, function)).parameters
    if function in ONCE_A_REGION:
        places = {(s.studio, s.account_id, s.region) for s in (one, other)}
        assert len(names) == len(places)
    elif takes_purpose:
        assert len(names) >= len(pairs)
    else:
        assert len(names) >= len({pair[:2] for pair in pairs})


def test_cells_that_differ_in_a_hyphen_get_different_names() -> None:
    """Parts that read alike once joined (`a-b` and `c`, `a` and `b-c`) are told apart."""
    base = {"account_id": "111111111111", "region": "eu-west-1"}
    one = Scope(studio="ab", stack="cell-aws-eu-west-1-cd", **base)
    for module, function in CASES:
        if "purpose" in inspect.signature(getattr(module, function)).parameters:
            assert _name(module, function, one, "x-y") != _name(module, function, one, "xy")


def test_every_public_name_function_of_a_scope_is_tested() -> None:
    """A function that is added to a cloud's names has its limits here, unless it derives others."""
    derived = re.compile(r".*(_arn|_email|_id)\Z|account_(role|service_account)\Z")
    for module, limits in LIMITS.items():
        functions = {
            name
            for name, value in inspect.getmembers(module, inspect.isfunction)
            if value.__module__ == module.__name__
            and not name.startswith("_")
            and "scope" in inspect.signature(value).parameters
            and not derived.match(name)
        }
        assert functions == limits.keys(), "write the new function's limits into LIMITS"


def test_a_workbook_keeps_its_name() -> None:
    """Azure takes a UUID for a workbook's name; a new one would be a new workbook."""
    place = Scope(
        studio="acme",
        stack="cell-azure-eastus2-retail-us",
        account_id="00000000-0000-4000-8000-000000000001",
        region="eastus2",
        partition="",
    )
    assert azure.workbook(place, "dashboard") == "6d6c7bf9-9dd5-52d8-80b8-780d3038ed2f"


@settings(max_examples=50, deadline=None)
@given(one=st.text(max_size=90), other=st.text(max_size=90))
def test_a_label_value_keeps_googles_alphabet(one: str, other: str) -> None:
    """Whatever a team is called, its label is one that Google takes; long ones are told apart."""
    values = [gcp.label_value(each) for each in (one, other)]
    for value in values:
        assert re.fullmatch(r"[a-z0-9_-]{0,63}", value), value
    if one != other and min(len(one), len(other)) > 63:
        assert values[0] != values[1] or all(len(value) < 63 for value in values)
