"""`studio drift` with what is in Vault: exit codes, each form of its report, and no secret."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from delivery.drift.vault_world import Done, World
from support.schemas import published

from agent_studio.estate.names import vault as names

NOT_ASKED = "no Vault cluster is asked what nobody declared: set VAULT_TOKEN_<JURISDICTION>\n"
SECRET = "canary-of-a-secret"


@pytest.fixture
def people(world: World) -> Iterator[str]:
    """A login method that nobody declared, beside a secret and a root token."""
    place = world.place()
    path = f"sys/auth/{place.prefix}people"
    secret = f"{names.kv_mount(place)}/data/{names.secrets('analyst')}/one"
    world.api().call("POST", secret, {"data": {"value": SECRET}})
    with world.planted(world.api(), ("POST", path, {"type": "userpass", "description": SECRET})):
        yield f"{place.namespace}/{path}" if place.namespace else path


def nothing_shows(world: World, done: Done) -> None:
    """Assert that no token, accessor or secret is in an output."""
    shown = done.stdout + done.stderr
    accessors = world.root.call("LIST", "auth/token/accessors")["data"]["keys"]
    roots = (each.root_token for each in world.clusters.servers.values())
    for each in (*world.tokens.values(), *roots, *accessors, SECRET):
        assert each not in shown
    assert "Traceback" not in shown


def stacks(done: Done) -> dict[str, dict[str, Any]]:
    """What the published JSON says, by stack."""
    return {one["name"]: one for one in published("drift", done.stdout)["stacks"]}


def test_it_is_joined_to_terraforms_own_drift(world: World, people: str, tmp_path: Path) -> None:
    """As JSON that keeps its schema; the exit code says that there is some."""
    done = world.command(tmp_path, "--format=json", "drift", "--vault")
    assert done.returncode == 4, done.stderr
    found = stacks(done)
    address = f"vault:EU:{people}"
    one = {"address": address, "kind": "undeclared", "severity": "critical", "paths": []}
    assert found[world.cell().stack]["status"] == "drifted"
    assert found[world.cell().stack]["drift"] == [one]
    # The root tokens with which the tests' servers were made.
    assert set(found) == {world.cell().stack, "vault-eu", "vault-us"}
    assert f"{world.cell().stack}: 1 in Vault that nobody declared\n" in done.stderr
    nothing_shows(world, done)


@pytest.mark.parametrize("world", ["namespace"], indirect=True)
def test_the_table_has_it(world: World, people: str, tmp_path: Path) -> None:
    """With severity, stack, place and kind."""
    done = world.command(tmp_path, "drift")
    assert done.returncode == 4, done.stderr
    text = "".join(done.stdout.split())
    assert f"critical{world.cell().stack}vault:EU:{people}undeclared" in text
    nothing_shows(world, done)


@pytest.mark.parametrize("world", ["namespace"], indirect=True)
def test_no_vault_is_silent(world: World, people: str, tmp_path: Path) -> None:
    """Whatever tokens there are."""
    done = world.command(tmp_path, "--format=json", "drift", "--no-vault")
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, {"stacks": []}, "")


@pytest.mark.parametrize("world", ["namespace"], indirect=True)
def test_without_a_token_one_line_says_so(world: World, tmp_path: Path) -> None:
    """And nothing else changes; a token that is Terraform's changes nothing, either."""
    none = {"VAULT_TOKEN_EU": "", "VAULT_TOKEN_US": ""}
    for others in (none, {**none, "VAULT_TOKEN": "hvs.terraforms"}):
        done = world.command(tmp_path, "--format=json", "drift", **others)
        assert (done.returncode, json.loads(done.stdout)) == (0, {"stacks": []})
        assert done.stderr == NOT_ASKED


@pytest.mark.parametrize("world", ["namespace"], indirect=True)
def test_who_insists_and_has_no_token_is_told(world: World, people: str, tmp_path: Path) -> None:
    """An error, beside what was found elsewhere."""
    done = world.command(tmp_path, "--format=json", "drift", "--vault", VAULT_TOKEN_US="")
    assert done.returncode == 1
    assert "there is no token for the Vault of US; found no VAULT_TOKEN_US" in done.stderr
    assert "stacks could not be looked at; found vault-us" in done.stderr
    assert f"vault:EU:{people}" in done.stdout
    nothing_shows(world, done)


@pytest.mark.parametrize("world", ["namespace"], indirect=True)
def test_an_estate_that_cannot_be_read_ends_it_at_once(world: World, tmp_path: Path) -> None:
    """Before any stack is looked at, and only if Vault is asked."""
    text = world.file.read_text()
    world.file.write_text("version: 2\n")
    try:
        assert world.command(tmp_path, "drift", "--vault").returncode == 5
        assert world.command(tmp_path, "drift", "--no-vault").returncode == 0
    finally:
        world.file.write_text(text)
