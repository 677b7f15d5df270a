"""Vault in a kill: out of reach, sealed, under another's policy, and with agents that log in on."""

import itertools
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import hvac  # type: ignore[import-untyped]
import pytest
from delivery.kill.world import ESTATE, World, faults, running_world
from identity.weather import impostor

from agent_studio.delivery.kill.confirm import UnconfirmedError
from agent_studio.delivery.kill.journal import Journal
from agent_studio.delivery.kill.policy import kill_policy
from agent_studio.delivery.kill.scope import Aim
from agent_studio.delivery.kill.vault import operator
from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import vault
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.vault.certificates import issue
from agent_studio.rehearsal.vault.clusters import running as running_clusters
from agent_studio.rehearsal.vault.server import Server

CELL, GOOGLE = "aws-eu-west-1-payments-eu", "gcp-europe-west3-research-de"
AIM = Aim(kind="cell", name=GOOGLE)
pytestmark = pytest.mark.usefixtures("impatient")
RUNBOOK = Path(__file__).resolve().parents[3] / "docs" / "runbooks" / "kill.md"


def of_vault(found: dict[str, str]) -> set[str]:
    """The faults' steps, without the cell."""
    return {name.rpartition(" ")[2] for name in found}


def test_a_sealed_vault_holds_up_no_other_step_and_no_other_cell(world: World) -> None:
    """Logins and tokens of its jurisdiction are not confirmed, all else is; a rerun completes."""
    server = world.clusters.servers["EU"]
    login = world.log_in(world.cell("europe-west3"))
    server.seal()
    try:
        report = world.kill(Aim(kind="all"))
    finally:
        server.unseal()
    found = faults(report)
    assert of_vault(found) == {"logins", "tokens", "tokens-after"}
    assert not any(name.startswith("azure-eastus2") for name in found)
    assert len(found) == 9
    assert found[f"{GOOGLE} logins"] == (
        f"Vault is sealed; found seal fault at {server.address}; fix: unseal {server.address}: "
        "logins that hold will work again once it is unsealed"
    )
    assert world.epoch(world.cell("europe-west3"))["deny"] == ["*"]
    assert faults(world.kill(AIM)) == {}
    with pytest.raises(hvac.exceptions.Forbidden):
        login.auth.token.lookup_self()


@pytest.mark.parametrize("token", ["", "hvs.wrong"])
def test_without_a_token_that_vault_takes_nothing_of_it_is_confirmed(
    world: World, token: str
) -> None:
    """Told with the variable, or the policy, that lacks."""
    environment = {**world.environment, "VAULT_TOKEN_EU": token}
    found = faults(world.kill(AIM, environment=environment))
    assert of_vault(found) == {"logins", "tokens", "tokens-after"}
    expected = (
        "Vault's policy does not admit the request"
        if token
        else "there is no token for the Vault of EU; found no VAULT_TOKEN_EU or VAULT_TOKEN; "
        "fix: log in to it with the policy of docs/runbooks/kill.md, set VAULT_TOKEN_EU"
    )
    assert all(line.startswith(expected) for line in found.values())


def test_a_vault_out_of_reach_is_not_confirmed(world: World) -> None:
    """Nobody listens there."""
    world.addresses["EU"] = "https://127.0.0.1:1"
    found = faults(world.kill(AIM))
    assert of_vault(found) == {"logins", "tokens", "tokens-after"}
    assert "see that https://127.0.0.1:1 can be reached" in found[f"{GOOGLE} logins"]


def test_a_server_that_another_authority_vouches_for_sees_no_token(
    world: World, tmp_path: Path
) -> None:
    """An impostor at Vault's address: nothing is sent to it, nothing confirmed."""
    stranger = issue(tmp_path / "stranger", "vault")
    with impostor(tmp_path / "impostor", stranger) as found:
        world.addresses["EU"] = found.address
        lines = faults(world.kill(AIM))
        assert of_vault(lines) == {"logins", "tokens", "tokens-after"}
        assert found.seen == []


@pytest.mark.parametrize(
    ("environment", "alone", "token"),
    [
        ({"VAULT_TOKEN": "a"}, True, "a"),
        ({"VAULT_TOKEN": "a"}, False, None),
        ({"VAULT_TOKEN": "a", "VAULT_TOKEN_EU": "b"}, True, "b"),
        ({"VAULT_TOKEN_US": "c"}, True, None),
        ({}, True, None),
    ],
)
def test_a_token_is_shown_to_its_own_cluster_alone(
    environment: dict[str, str], alone: bool, token: str | None
) -> None:
    """`VAULT_TOKEN` serves one cluster; where there are several each has a variable of its own."""
    if token is None:
        with pytest.raises(UnconfirmedError, match="there is no token for the Vault of EU"):
            operator(environment, "EU", alone=alone)
        return
    found = operator(environment, "EU", alone=alone)
    assert found.token.reveal() == token
    assert "Secret(...)" in repr(found)


@pytest.mark.slow
def test_agents_that_log_in_all_the_time_have_no_login_in_the_end(world: World) -> None:
    """Four agents log in anew as fast as they can, before, during and after: none gets through."""
    cell = world.cell("eu-west-1")
    taken: list[hvac.Client] = []
    over = threading.Event()

    def agent(number: int) -> None:
        for turn in itertools.count():
            if over.is_set():
                return
            try:
                taken.append(world.log_in(cell, shared=bool((number + turn) % 2)))
            except hvac.exceptions.VaultError:
                over.wait(0.02)

    agents = [threading.Thread(target=agent, args=(number,)) for number in range(4)]
    for each in agents:
        each.start()
    try:
        while len(taken) < 8:
            over.wait(0.02)
        report = world.kill(Aim(kind="cell", name=CELL))
        alive = sum(holds(login) for login in taken)
    finally:
        over.set()
        for each in agents:
            each.join()
    assert faults(report) == {}
    assert alive == 0


def holds(login: hvac.Client) -> bool:
    """Whether a login holds."""
    try:
        return bool(login.auth.token.lookup_self())
    except hvac.exceptions.Forbidden:
        return False


def role_path(world: World) -> tuple[Any, str]:
    """Vault's API in the cell of Google Cloud, and the path of its role there."""
    cell = world.cell("europe-west3")
    own = world.places(cell)[0]
    mount = vault.auth_mount(cell.scope, own)
    return world.api(cell, own), f"auth/{mount}/role/{vault.role(cell.scope, 'analyst')}"


def test_tokens_that_vault_does_not_list_are_never_told_as_revoked(world: World) -> None:
    """A role that somebody let give out batch tokens: they have no accessor."""
    api, path = role_path(world)
    role = {k: v for k, v in api.call("GET", path)["data"].items() if v not in (None, "")}
    changed = {"token_type": "batch", "token_num_uses": 0, "token_period": 0}
    api.call("POST", path, {**role, **changed})
    found = faults(world.kill(AIM))
    assert of_vault(found) == {"tokens", "tokens-after"}
    assert "found token_type batch" in found[f"{GOOGLE} tokens"]


def test_a_login_that_is_not_where_it_should_be_is_told(world: World) -> None:
    """Another cluster than the cell's, or one that was never set up: nothing was closed there."""
    api, path = role_path(world)
    api.call("DELETE", path)
    found = faults(world.kill(AIM))
    assert of_vault(found) == {"logins", "tokens", "tokens-after"}
    assert found[f"{GOOGLE} logins"].startswith(
        "Vault does not have the login of a runtime, at auth/"
    )


def test_a_role_is_closed_even_if_what_it_was_cannot_be_written_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full stops no kill; the line says what to write down by hand."""
    write = Journal.write

    def full(self: Journal, event: str, **what: Any) -> None:
        if event == "former":
            raise StudioError("the journal can't be written", found="No space left on device")
        write(self, event, **what)

    monkeypatch.setattr(Journal, "write", full)
    found = faults(world.kill(AIM))
    assert of_vault(found) == {"logins"}
    assert "No space left on device" in found[f"{GOOGLE} logins"]
    assert "fix: write it down: 127.16.32.0/20" in found[f"{GOOGLE} logins"]
    with pytest.raises(hvac.exceptions.VaultError):
        world.log_in(world.cell("europe-west3"))
    monkeypatch.undo()


def runbook_policy() -> str:
    """The policy that the runbook shows."""
    found = re.search(r"```hcl\n(.*?)```", RUNBOOK.read_text(), re.S)
    assert found
    return found[1]


def bearer(server: Server, policy: str) -> str:
    """A token with a policy of the root namespace, and nothing else."""
    server.api.call("PUT", "sys/policies/acl/studio-kill", {"policy": policy})
    made = server.api.call(
        "POST", "auth/token/create-orphan", {"policies": ["studio-kill"], "no_default_policy": True}
    )
    return str(made["auth"]["client_token"])


def test_the_runbooks_policy_is_enough(world: World) -> None:
    """Kill and undo work with it, and nothing but it."""
    server = world.clusters.servers["EU"]
    token = {"VAULT_TOKEN_EU": bearer(server, runbook_policy())}
    world.log_in(world.cell("europe-west3"))
    assert faults(world.kill(AIM, environment={**world.environment, **token})) == {}
    assert faults(world.undo(AIM, environment={**world.environment, **token})) == {}


@pytest.mark.slow
def test_a_vault_without_namespaces(
    emulator: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cells held apart by prefix, and the policy as the runbook says to change it."""
    text = RUNBOOK.read_text()
    assert "leave out each `+/` at the start of a path" in text
    policy = runbook_policy().replace('"+/', '"').replace("auth/+/role/*", "auth/+/+/role/*")
    assert policy == kill_policy("prefix")
    cells = [replace(each, vault_isolation="prefix") for each in load_estate(ESTATE).cells]
    with (
        running_clusters(cells) as clusters,
        running_world(clusters, emulator, tmp_path, monkeypatch, isolation="prefix") as world,
    ):
        world.set_up()
        cell, beside = world.cell("europe-west3"), world.cell("eu-west-1")
        token = {"VAULT_TOKEN_EU": bearer(clusters.servers["EU"], policy)}
        environment = {**world.environment, **token}
        ours, theirs = world.log_in(cell), world.log_in(beside)
        shared = world.log_in(beside, shared=True)
        assert faults(world.kill(AIM, environment=environment)) == {}
        assert [holds(each) for each in (ours, theirs, shared)] == [False, True, True]
        assert faults(world.undo(AIM, environment=environment)) == {}
        assert holds(world.log_in(cell))


@pytest.mark.slow
@pytest.mark.parametrize("line", range(len(runbook_policy().splitlines())))
def test_each_line_of_the_runbooks_policy_is_needed(world: World, line: int) -> None:
    """Without any one of them a kill of logins and of what is lent is not confirmed."""
    kept = [text for number, text in enumerate(runbook_policy().splitlines()) if number != line]
    token = {"VAULT_TOKEN_EU": bearer(world.clusters.servers["EU"], "\n".join(kept))}
    # In the shared place nothing is revoked by prefix, but login by login.
    world.log_in(world.cell("europe-west3"), shared=True)
    assert faults(world.kill(AIM, environment={**world.environment, **token}))


def test_what_the_runbook_says_to_do_by_hand_revokes_logins(world: World) -> None:
    """`vault auth list`, then `vault lease revoke -prefix auth/jwt-cell-...`, by the API."""
    cell = world.cell("eu-west-1")
    login = world.log_in(cell)
    own = world.places(cell)[0]
    listed = world.api(cell, own).call("GET", "sys/auth")["data"]
    (mount,) = (path for path in listed if path.startswith("jwt-cell-"))
    world.api(cell, own).call("PUT", f"sys/leases/revoke-prefix/auth/{mount.rstrip('/')}")
    assert not holds(login)
