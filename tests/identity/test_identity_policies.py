"""What a login may do: its own cell's paths, and nothing of any other cell."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from identity.agents import Agents, runtime_of

from agent_studio.estate.model import Cell, Estate, Runtime
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import cell_paths, pseudonym_paths
from agent_studio.identity import Secret, Vault, errors
from agent_studio.identity.connection import Connection
from agent_studio.identity.session import Session
from agent_studio.rehearsal.vault.api import Api, ApiError
from agent_studio.rehearsal.vault.clusters import Clusters, running

REGIONS = ("eu-west-1", "eu-central-1", "europe-west3", "eastus2")


@pytest.fixture(scope="module", params=["namespace", "prefix"])
def cells(request: pytest.FixtureRequest, estate: Estate) -> dict[str, Cell]:
    """The cells by their region, held apart in one way."""
    return {each.region.name: replace(each, vault_isolation=request.param) for each in estate.cells}


@pytest.fixture(scope="module")
def apart(cells: dict[str, Cell]) -> Iterator[Clusters]:
    """Clusters with those cells."""
    with running(cells.values()) as found:
        yield found


@pytest.fixture(scope="module")
def logins(apart: Clusters, cells: dict[str, Cell]) -> Iterator[dict[str, Vault]]:
    """A logged-in analyst for each cell."""
    agents = Agents(apart)
    found = {region: agents.agent(cells[region]) for region in REGIONS}
    for agent in found.values():
        agent.log_in()
        agent.pseudonym("personal", "somebody")
    yield found
    for agent in found.values():
        agent.close()


def token_of(session: Session | None) -> str:
    """The token of a login."""
    assert session is not None
    assert session._grant is not None
    return str(session._grant.client.token)


@pytest.fixture(scope="module")
def may(apart: Clusters) -> Iterator["May"]:
    """Asks what a login may do."""
    asking = May(Agents(apart))
    yield asking
    asking.close()


class May:
    """What `sys/capabilities-self` of a cell's cluster says of a login; a refusal is `deny`.

    The question comes from the network of the cell that is logged in, as its agent's would.
    """

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._ways: dict[tuple[str, str], Connection] = {}

    def __call__(self, login: Cell, token: str, at: Cell, namespace: str, path: str) -> list[str]:
        """Ask for one path."""
        server = self._agents.clusters.server(at)
        source = str(self._agents.settings(login).source_address)
        key = (server.address, source)
        if key not in self._ways:
            self._ways[key] = Connection(server.address, server.authority, source)
        client = self._ways[key].client(namespace, Secret(token))
        answer = client.adapter.post(
            "/v1/sys/capabilities-self", json={"paths": [path]}, raise_exception=False
        )
        return list(answer[path]) if isinstance(answer, dict) else ["deny"]

    def close(self) -> None:
        """Close the connections."""
        for each in self._ways.values():
            each.close()


def concrete(paths: dict[str, list[str]]) -> dict[str, list[str]]:
    """Policy paths as paths that a request could have."""
    return {path.replace("/*", "/database"): allowed for path, allowed in paths.items()}


@pytest.mark.parametrize(("own", "other"), list(product(REGIONS, REGIONS)))
def test_a_login_may_what_its_own_cell_holds_and_nothing_of_another(
    own: str,
    other: str,
    apart: Clusters,
    cells: dict[str, Cell],
    logins: dict[str, Vault],
    may: May,
) -> None:
    """For every path of every pair of cells: the own cell's yes, another cell's no."""
    token = token_of(logins[own]._cell)
    for runtime in cells[other].runtimes:
        place = names.cell(cells[other].scope, cells[other].vault_isolation)
        mine = own == other and runtime.name == "analyst"
        for path, allowed in concrete(cell_paths(place, runtime)).items():
            found = may(cells[own], token, cells[other], place.namespace, path)
            shared_with_me = own == other and path in concrete(
                cell_paths(place, runtime_of(cells[own]))
            )
            expected = allowed if mine or shared_with_me else ["deny"]
            assert found == expected, path
            if expected == ["deny"] and place.namespace:
                # Nor by the path's full name, in the root namespace and in the login's own.
                home = names.cell(cells[own].scope, cells[own].vault_isolation).namespace
                for namespace in ("", home):
                    full = f"{place.namespace}/{path}"
                    assert may(cells[own], token, cells[other], namespace, full) == ["deny"]


@pytest.mark.parametrize("region", REGIONS)
def test_the_shared_place_gives_pseudonyms_and_nothing_else(
    region: str,
    apart: Clusters,
    cells: dict[str, Cell],
    logins: dict[str, Vault],
    may: May,
) -> None:
    """There a login makes pseudonyms of its own data classes; it reads, signs, decrypts nothing."""
    cell = cells[region]
    place = names.shared(cell.studio, cell.jurisdiction, cell.vault_isolation)
    token = token_of(logins[region]._shared)
    allowed = pseudonym_paths(place, runtime_of(cell))
    transit = names.transit_mount(place)
    tried = {
        **{path: ["update"] for path in allowed},
        f"{transit}/hmac/class-restricted": ["deny"],
        f"{transit}/decrypt/class-personal": ["deny"],
        f"{transit}/export/hmac-key/class-personal": ["deny"],
        f"{transit}/keys/class-personal": ["deny"],
        f"{transit}/keys/class-personal/rotate": ["deny"],
        f"{transit}/backup/class-personal": ["deny"],
    }
    for path, expected in tried.items():
        assert may(cell, token, cell, place.namespace, path) == expected, path


OTHERS = (
    "sys/mounts",
    "sys/auth",
    "sys/policies/acl/x",
    "sys/namespaces/x",
    "sys/seal",
    "sys/leases/lookup",
    "sys/audit",
    "sys/raw/core",
    "auth/token/create",
    "auth/token/create-orphan",
    "auth/token/lookup",
    "auth/token/lookup-accessor",
    "auth/token/accessors",
    "identity/entity",
    "cubbyhole/x",
)


@pytest.mark.parametrize("region", REGIONS)
def test_a_login_administers_nothing(
    region: str,
    apart: Clusters,
    cells: dict[str, Cell],
    logins: dict[str, Vault],
    may: May,
) -> None:
    """No mount, policy, namespace, token, audit device or role can be read or changed."""
    cell = cells[region]
    place = names.cell(cell.scope, cell.vault_isolation)
    token = token_of(logins[region]._cell)
    mount, transit = names.auth_mount(cell.scope, place), names.transit_mount(place)
    kv = f"{names.kv_mount(place)}"
    more = (
        f"auth/{mount}/role/x",
        f"auth/{mount}/config",
        f"{transit}/keys/signing",
        f"{transit}/export/signing-key/signing",
        f"{transit}/backup/signing",
        f"{kv}/config",
        f"{kv}/metadata/runtimes/analyst/database",
        f"{kv}/delete/runtimes/analyst/database",
        f"{kv}/destroy/runtimes/analyst/database",
        f"{kv}/data/runtimes",
        f"{kv}/data/runtimes/analyst",
        f"{kv}/data/runtimes/analyst2/database",
        f"{kv}/data/runtimes/collector/database",
    )
    for path in (*OTHERS, *more):
        assert may(cell, token, cell, place.namespace, path) == ["deny"], path


def test_secrets_are_read_and_never_written(
    apart: Clusters, cells: dict[str, Cell], logins: dict[str, Vault]
) -> None:
    """The server itself refuses a write to the path that the login may read."""
    agents, cell = Agents(apart), cells["eu-west-1"]
    settings = agents.settings(cell)
    grant = logins["eu-west-1"]._cell._grant
    assert grant is not None
    path = f"/v1/{settings.cell.kv}/data/{settings.cell.secrets}/database"
    for method in ("post", "delete"):
        answer = getattr(grant.client.adapter, method)(path, json={}, raise_exception=False)
        assert answer.status_code == 403


def test_a_runtime_does_not_read_its_neighbours_secret(
    apart: Clusters, cells: dict[str, Cell]
) -> None:
    """A collector is refused its cell's analyst's secret, and pseudonyms of classes not its own."""
    agents, cell = Agents(apart), cells["eu-west-1"]
    apart.write_secret(cell, runtime_of(cell, "analyst"), "database", {"a": "b"})
    settings = agents.settings(cell, "collector")
    with agents.agent(cell, "collector") as agent:
        agent.log_in()
        grant = agent._cell._grant
        assert grant is not None
        path = f"/v1/{settings.cell.kv}/data/runtimes/analyst/database"
        assert grant.client.adapter.get(path, raise_exception=False).status_code == 403
        with pytest.raises(errors.PolicyError):
            agent.pseudonym("personal", "somebody")
        with pytest.raises(errors.PolicyError):
            agent.secret("../analyst/database")


def test_setting_up_again_changes_nothing(apart: Clusters, cells: dict[str, Cell]) -> None:
    """Set-up is repeatable: roles, policies and mounts are the same afterwards."""
    cell = cells["eu-west-1"]
    place = names.cell(cell.scope, cell.vault_isolation)
    api = apart.server(cell).api.within(place.namespace)

    def state() -> list[object]:
        runtime: Runtime = runtime_of(cell)
        role = f"auth/{names.auth_mount(cell.scope, place)}/role/"
        return [
            sorted(api.call("GET", "sys/mounts")["data"]),
            sorted(api.call("GET", "sys/auth")["data"]),
            api.call("LIST", "sys/policies/acl")["data"],
            api.call("GET", role + names.role(cell.scope, runtime.name))["data"],
            api.call("GET", f"{names.transit_mount(place)}/keys/signing")["data"]["keys"],
        ]

    before = state()
    apart.set_up(cell)
    assert state() == before


def test_a_role_has_the_bounds_that_it_should(apart: Clusters, cells: dict[str, Cell]) -> None:
    """A role as the server keeps it: who, from where, for how long, with which policy."""
    cell = cells["eu-west-1"]
    place = names.cell(cell.scope, cell.vault_isolation)
    role = names.role(cell.scope, "analyst")
    found = (
        apart.server(cell)
        .api.within(place.namespace)
        .call("GET", f"auth/{names.auth_mount(cell.scope, place)}/role/{role}")["data"]
    )
    who = Agents(apart).who(cell)
    assert found["bound_audiences"] == [who.workload.audience]
    assert found["bound_subject"] == who.workload.subject
    assert found["bound_claims"] == dict(who.workload.bound)
    assert found["token_bound_cidrs"] == ["127.16.0.0/20"]
    assert (found["token_ttl"], found["token_max_ttl"]) == (900, 3600)
    assert found["token_policies"] == [names.policy(cell.scope, "analyst", place)]
    assert found["token_no_default_policy"] is True


def test_keys_never_leave(apart: Clusters, cells: dict[str, Cell]) -> None:
    """Not even the root token exports, backs up or deletes a cell's keys."""
    cell = cells["eu-west-1"]
    place = names.cell(cell.scope, cell.vault_isolation)
    api: Api = apart.server(cell).api.within(place.namespace)
    transit = names.transit_mount(place)
    for method, path in (
        ("GET", f"{transit}/export/signing-key/signing"),
        ("GET", f"{transit}/export/encryption-key/class-personal"),
        ("GET", f"{transit}/backup/signing"),
        ("DELETE", f"{transit}/keys/signing"),
    ):
        with pytest.raises(ApiError):
            api.call(method, path)
