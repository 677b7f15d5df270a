"""Agents of a rehearsed estate: what they get from a real Vault, and what is refused to them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell, Cloud
from agent_studio.estate.names import azure, gcp
from agent_studio.estate.vault import client_text
from agent_studio.rehearsal.agents import has_login, try_agents
from agent_studio.rehearsal.tamper import open_login
from agent_studio.rehearsal.vault.clusters import Clusters, running
from agent_studio.rehearsal.vault.tokens import made_up

ESTATE = Path(__file__).parents[1] / "identity" / "estate.yaml"


@pytest.fixture(scope="module")
def cells() -> tuple[Cell, ...]:
    """The cells of an estate on three clouds; their accounts say who signs their tokens."""
    return tuple(
        replace(each, account=replace(each.account, issuer=f"https://{each.account.id}.example"))
        if each.cloud is Cloud.AWS
        else each
        for each in load_estate(ESTATE).cells
    )


@pytest.fixture(scope="module")
def clusters(cells: tuple[Cell, ...]) -> Iterator[Clusters]:
    """Clusters with these cells set up."""
    with running(cells) as found:
        yield found


def state_of(cells: tuple[Cell, ...], **others: str) -> Any:
    """What the cells' stacks hold of their first runtime; `others` replaces variables."""
    held = {cell.stack: _held(cell, others) for cell in cells}
    return lambda stack: held[stack]


def _held(cell: Cell, others: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    runtime = cell.runtimes[0]
    told = {
        "STUDIO_RUNTIME": runtime.name,
        "STUDIO_VAULT": client_text(cell, runtime),
        "VAULT_ADDR": str(cell.vault_address),
        **others,
    }
    variables = [{"name": name, "value": value} for name, value in told.items()]
    if cell.cloud is Cloud.AWS:
        text = json.dumps([{"name": "agent", "environment": variables}])
        return {"aws_ecs_task_definition.a": {"container_definitions": text}}
    if cell.cloud is Cloud.GCP:
        name = gcp.service_account(cell.scope, runtime.name)
        return {
            "google_cloud_run_v2_service.a": {"template": [{"containers": [{"env": variables}]}]},
            "google_service_account.a": {
                "account_id": name,
                "unique_id": made_up(cell, runtime),
            },
        }
    return {
        "azurerm_container_app.a": {"template": [{"container": [{"env": variables}]}]},
        "azurerm_user_assigned_identity.a": {
            "name": azure.identity(cell.scope, f"runtime-{runtime.name}"),
            "principal_id": made_up(cell, runtime),
        },
    }


def test_each_reads_its_own_secret_and_nothing_else(
    cells: tuple[Cell, ...], clusters: Clusters
) -> None:
    """An agent of every cell is admitted; five attempts of the first are refused, and why."""
    tried = try_agents(cells, clusters, state_of(cells))
    assert all(one.held for one in tried), tried
    admitted = [one for one in tried if one.expected == "admitted"]
    assert [one.agent.partition(" in ")[2] for one in admitted] == [each.id for each in cells]
    first, other = cells[0], next(each for each in cells if each.jurisdiction == "US")
    found = {one.what: one.found for one in tried if one.expected == "refused"}
    assert found.pop(f"asks for the secret of {other.id}").startswith("refused: ")
    assert found == {
        "shows a forged token": "refused: signature",
        "shows a token for another audience": "refused: audience",
        "shows an expired token": "refused: expiry",
        "logs in from outside of its cell's network": "refused: origin",
    }
    assert {one.agent for one in tried if one.expected == "refused"} == {
        f"{first.runtimes[0].name} in {first.id}"
    }


def test_a_vault_that_lets_anybody_in_is_seen(cells: tuple[Cell, ...], clusters: Clusters) -> None:
    """Where somebody opened the login to every network, the demo would fail."""
    cell = cells[0]
    runtime = cell.runtimes[0]
    told = json.loads(client_text(cell, runtime))["cell"]
    role = {"namespace": told["namespace"], "backend": told["auth"], "role_name": told["role"]}
    address = "vault_jwt_auth_backend_role.login_role"
    assert open_login(clusters.server(cell).api, {address: role}) == address
    try:
        tried = try_agents(cells, clusters, state_of(cells))
        (wrong,) = [one for one in tried if not one.held]
        assert wrong.what == "logs in from outside of its cell's network"
        assert wrong.found == "admitted"
    finally:
        clusters.set_up(cell)


def test_a_vault_that_is_down_refuses_nobody(cells: tuple[Cell, ...], clusters: Clusters) -> None:
    """That nobody got in proves nothing where nobody answered."""
    cell = cells[0]
    server = clusters.server(cell)
    server.seal()
    try:
        with pytest.raises(StudioError, match="Vault"):
            try_agents([cell], clusters, state_of(cells))
    finally:
        server.unseal()


def test_a_runtime_that_is_told_of_another_cluster_is_seen(
    cells: tuple[Cell, ...], clusters: Clusters
) -> None:
    """The variables of the applied service count, not what the estate would say."""
    with pytest.raises(StudioError, match="is told of another cluster"):
        try_agents(cells, clusters, state_of(cells, VAULT_ADDR="https://vault.evil.example"))


def test_a_stack_without_the_runtime_is_an_error(
    cells: tuple[Cell, ...], clusters: Clusters
) -> None:
    """An agent that was never deployed can't be let in."""
    with pytest.raises(StudioError, match="holds no runtime"):
        try_agents(cells, clusters, lambda _stack: {})


def test_cells_whose_tokens_nobody_signs_have_no_login(
    cells: tuple[Cell, ...], clusters: Clusters
) -> None:
    """An AWS account that names no issuer: its cells have all but a login."""
    silent = [replace(each, account=replace(each.account, issuer=None)) for each in cells]
    assert [has_login(each) for each in silent] == [each.cloud is not Cloud.AWS for each in cells]
    assert try_agents(silent[:1], clusters, state_of(cells)) == []
