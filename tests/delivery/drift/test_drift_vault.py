"""What is in Vault that nobody declared, found in real servers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from agent_studio.delivery.drift.detection import StackDrift
from agent_studio.delivery.drift.vault import look
from agent_studio.estate import Estate
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell
from agent_studio.estate.names import vault as names
from agent_studio.rehearsal.cast import stand_in_for_core
from agent_studio.rehearsal.vault.api import Api
from agent_studio.rehearsal.vault.cells import open_place
from agent_studio.rehearsal.vault.clusters import Clusters, running

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "tests" / "identity" / "estate.yaml"
RUNBOOK = ROOT / "docs" / "runbooks" / "drift.md"
STUDIO = str(Path(sys.executable).with_name("studio"))


def text_of(isolation: str, addresses: dict[str, str]) -> str:
    """An estate on three clouds, whose AWS accounts say who signs their tokens."""
    text = SOURCE.read_text().replace("vault:\n", f"vault:\n  isolation: {isolation}\n")
    ci = "ci: {repository: acme/estate, environment: production}\n\ndata_classes:"
    text = text.replace("data_classes:", ci, 1)
    text = text.replace("owner: payments}", "owner: payments, issuer: https://tokens.example}")
    for name, address in addresses.items():
        text = text.replace(f"https://vault.{name.lower()}.acme.example:8200", address)
    return text


@dataclass
class World:
    """An estate whose clusters run, and a token for each of them that is no root token."""

    clusters: Clusters
    estate: Estate
    file: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def policy(self) -> str:
        """The policy that the runbook asks for, as it says to change it."""
        (found,) = re.findall(r"```hcl\n(.*?)```", RUNBOOK.read_text(), re.DOTALL)
        if self.isolation == "namespace":
            return str(found)
        kept = [
            line
            for line in found.splitlines()
            if not re.match(r'path "\+/(?:sys|auth|identity)', line)
        ]
        return "\n".join([*kept, 'path "auth/+/+/role/*" { capabilities = ["list"] }'])

    @property
    def isolation(self) -> str:
        """How cells are held apart."""
        return self.estate.spec.vault.isolation

    def bearer(self, policy: str, jurisdiction: str = "EU") -> str:
        """A token with a policy and no other."""
        api = self.clusters.servers[jurisdiction].api
        name = f"who-looks-{token_hex(4)}"
        api.call("PUT", f"sys/policies/acl/{name}", {"policy": policy})
        body = {"policies": [name], "no_default_policy": True, "no_parent": True}
        made = api.call("POST", "auth/token/create", body)
        return str(made["auth"]["client_token"])

    def environment(self, **others: str) -> dict[str, str]:
        """The variables of who looks."""
        found = {}
        for name, server in self.clusters.servers.items():
            found[f"VAULT_TOKEN_{name}"] = self.tokens[name]
            found[f"VAULT_CACERT_{name}"] = str(server.authority)
        return {**found, **others}

    def look(
        self, *patterns: str, insist: bool = True, deadline: float = 30.0, **others: str
    ) -> dict[str, StackDrift]:
        """What is found, without the root tokens with which tests plant things."""
        found = look(
            self.estate,
            patterns,
            environment={k: v for k, v in self.environment(**others).items() if v},
            insist=insist,
            tell=lambda _line: None,
            deadline=deadline,
        )
        kept = {}
        for one in found:
            drift = tuple(each for each in one.drift if "/accessors/" not in each.address)
            if drift or one.error:
                kept[one.stack] = replace(one, drift=drift)
        return kept

    def cell(self, region: str = "eu-west-1") -> Cell:
        """A cell by its region."""
        return next(each for each in self.estate.cells if each.region.name == region)

    def place(self, cell: Cell | None = None) -> names.Place:
        """A cell's own place."""
        return names.cell((cell or self.cell()).scope, self.estate.spec.vault.isolation)

    def api(self, cell: Cell | None = None) -> Api:
        """The cluster's API within a cell's place, with the root token."""
        found = cell or self.cell()
        return self.clusters.server(found).api.within(self.place(found).namespace)


@pytest.fixture(scope="module", params=["namespace", "prefix"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """All cells set up, in each way of holding them apart."""
    folder = tmp_path_factory.mktemp("estate")
    file = folder / "regions.yaml"
    file.write_text(text_of(request.param, {}))
    with running(load_estate(file).cells) as clusters:
        addresses = {name: server.address for name, server in clusters.servers.items()}
        file.write_text(text_of(request.param, addresses))
        found = World(clusters, load_estate(file), file)
        stand_in_for_core(found.estate, clusters)
        for name in clusters.servers:
            found.tokens[name] = found.bearer(found.policy(), name)
        yield found


def addresses(found: StackDrift) -> set[str]:
    """Where findings are, from the place on."""
    return {one.address.partition(":")[2].partition(":")[2] for one in found.drift}


def test_an_estate_as_declared_has_nothing_undeclared(world: World) -> None:
    """Every place, login, role, policy and key of every cell is known; so is what always is."""
    assert world.look() == {}


def full(world: World, path: str) -> str:
    """A path of the first cell's place, from the root namespace."""
    place = world.place()
    if not place.namespace:
        return path
    return f"{place.namespace}/{path}"


def test_what_somebody_made_in_a_cells_place_is_found(world: World) -> None:
    """Each thing is named and graded, and nothing else is; the stack is the cell's."""
    place, api = world.place(), world.api()
    mount = names.auth_mount(world.cell().scope, place)
    role = api.call("GET", f"auth/{mount}/role/{names.role(world.cell().scope, 'analyst')}")
    kept = {k: v for k, v in role["data"].items() if v not in (None, "", 0)}
    transit = names.transit_mount(place)
    planted = [
        ("POST", f"sys/mounts/{place.prefix}more", {"type": "kv"}, "high"),
        ("POST", f"sys/auth/{place.prefix}people", {"type": "userpass"}, "critical"),
        ("POST", f"auth/{mount}/role/back-door", kept, "critical"),
        ("POST", f"{transit}/keys/more", {"type": "ed25519"}, "high"),
        ("PUT", "sys/policies/acl/acme-back-door", {"policy": 'path "*" {}'}, "critical"),
    ]
    try:
        for method, path, body, _ in planted:
            api.call(method, path, body)
        found = world.look()
        in_root = not place.namespace
        wanted = {full(world, path): severity for _, path, _, severity in planted}
        policy = full(world, "sys/policies/acl/acme-back-door")
        if in_root:
            # Without namespaces all policies lie beside each other, in no place.
            assert addresses(found.pop("vault-eu")) == {policy}
            wanted.pop(policy)
        (entry,) = found.values()
        assert entry.stack == world.cell().stack
        assert {
            one.address.removeprefix("vault:EU:"): one.severity.value for one in entry.drift
        } == wanted
        assert {one.kind for one in entry.drift} == {"undeclared"}
    finally:
        api.call("POST", f"{transit}/keys/more/config", {"deletion_allowed": True})
        for _, path, _, _ in reversed(planted):
            api.call("DELETE", path)
    assert world.look() == {}


@pytest.mark.parametrize("world", ["namespace"], indirect=True)
def test_what_widens_a_namespace_is_found(world: World) -> None:
    """A namespace within a cell's, and an entity and a group that give policies to logins."""
    api, place = world.api(), world.place()
    api.call("POST", "sys/namespaces/inner", {})
    entity = api.call("POST", "identity/entity", {"name": "e", "policies": ["p"]})["data"]["id"]
    group = api.call("POST", "identity/group", {"name": "g", "policies": ["p"]})["data"]["id"]
    api.call("POST", "identity/entity", {"name": "harmless"})
    try:
        (found,) = world.look().values()
        assert addresses(found) == {
            f"{place.namespace}/sys/namespaces/inner",
            f"{place.namespace}/identity/entity/id/{entity}",
            f"{place.namespace}/identity/group/id/{group}",
        }
    finally:
        api.call("DELETE", f"identity/group/id/{group}")
        api.call("DELETE", f"identity/entity/id/{entity}")
        api.call("DELETE", "sys/namespaces/inner")


def test_a_place_that_the_estate_does_not_have_is_found(world: World) -> None:
    """One that bears a name of the estate's; those of `acme-eu` are another estate's."""
    api = world.clusters.servers["EU"].api
    isolation = world.estate.spec.vault.isolation
    scope = replace(world.cell().scope, stack="cell-aws-eu-west-1-gone")
    gone = names.cell(scope, isolation)
    other = names.cell(replace(scope, studio="acme-eu"), isolation)
    for place in (gone, other):
        within = open_place(api, place)
        if not place.namespace:
            within.call("POST", f"sys/mounts/{names.kv_mount(place)}", {"type": "kv"})
    try:
        (found,) = world.look().values()
        assert found.stack == "vault-eu"
        kind = "namespaces" if gone.namespace else "mounts"
        path = gone.namespace or names.kv_mount(gone)
        assert addresses(found) == {f"sys/{kind}/{path}"}
    finally:
        for place in (gone, other):
            if place.namespace:
                api.call("DELETE", f"sys/namespaces/{place.namespace}")
            else:
                api.call("DELETE", f"sys/mounts/{names.kv_mount(place)}")


def test_root_tokens_are_found_and_not_shown(world: World) -> None:
    """By some letters of their accessors, which revoke nothing."""
    api = world.clusters.servers["EU"].api
    made = api.call("POST", "auth/token/create", {"policies": ["root"]})["auth"]
    found = look(
        world.estate, (), environment=world.environment(), insist=True, tell=lambda _line: None
    )
    (entry,) = [one for one in found if one.stack == "vault-eu"]
    shown = repr(entry)
    assert f"auth/token/accessors/{made['accessor'][:6]}..." in shown
    assert made["accessor"] not in shown
    assert made["client_token"] not in shown
    api.call("POST", "auth/token/revoke-accessor", {"accessor": made["accessor"]})


def test_stacks_that_are_not_asked_for_are_left_out(world: World) -> None:
    """With --stack, what is in the places of these stacks alone."""
    cell, other = world.cell(), world.cell("europe-west3")
    for each in (cell, other):
        path = f"sys/mounts/{world.place(each).prefix}more"
        world.api(each).call("POST", path, {"type": "kv"})
    try:
        assert set(world.look("cell-aws-*")) == {cell.stack}
        assert set(world.look()) == {cell.stack, other.stack}
    finally:
        for each in (cell, other):
            world.api(each).call("DELETE", f"sys/mounts/{world.place(each).prefix}more")


def test_a_cluster_that_cannot_be_read_is_never_clean(world: World) -> None:
    """Sealed, unreachable, denied, unknown by its certificate, or without a token: a failure each.

    The other cluster is looked at all the same.
    """
    server = world.clusters.servers["EU"]
    world.api(world.cell("eastus2")).call(
        "POST", f"sys/mounts/{world.place(world.cell('eastus2')).prefix}more", {"type": "kv"}
    )
    other = world.cell("eastus2").stack
    try:
        for variables, said in (
            ({"VAULT_TOKEN_EU": "hvs.nobody"}, "Vault's policy does not admit the request"),
            ({"VAULT_TOKEN_EU": ""}, "there is no token for the Vault of EU"),
            ({"VAULT_CACERT_EU": str(world.clusters.servers["US"].authority)}, "can't be reached"),
            ({"VAULT_CACERT_EU": "/nowhere.pem"}, "/nowhere.pem"),
        ):
            found = world.look(**variables)
            assert found["vault-eu"].status == "failed"
            assert said in str(found["vault-eu"].error)
            assert other in found
        server.seal()
        try:
            found = world.look()
            assert "Vault is sealed" in str(found["vault-eu"].error)
            assert other in found
        finally:
            server.unseal()
        found = world.look(deadline=0.0)
        assert {one.status for one in found.values()} == {"failed"}
    finally:
        world.api(world.cell("eastus2")).call(
            "DELETE", f"sys/mounts/{world.place(world.cell('eastus2')).prefix}more"
        )


def test_a_cluster_without_a_token_is_left_out_unless_one_insists(world: World) -> None:
    """A line says so."""
    told: list[str] = []
    environment = world.environment()
    del environment["VAULT_TOKEN_EU"]
    found = look(world.estate, (), environment=environment, insist=False, tell=told.append)
    assert "vault-eu" not in {one.stack for one in found}
    assert told == ["the Vault of EU is not asked what nobody declared: no VAULT_TOKEN_EU"]


def test_each_line_of_the_runbooks_policy_is_needed(world: World) -> None:
    """With all of them everything can be read; without any one, something can't."""
    # Somebody is logged in at the cell's place: what a token may do is looked up.
    login = world.api().call("POST", "auth/token/create", {"policies": ["default"]})["auth"]
    lines = world.policy().splitlines()
    for line in lines:
        less = "\n".join(each for each in lines if each != line)
        found = world.look(VAULT_TOKEN_EU=world.bearer(less))
        assert found, line
        assert found["vault-eu"].status == "failed", line
    assert world.look(VAULT_TOKEN_EU=world.bearer("\n".join(lines))) == {}
    body = {"accessor": login["accessor"]}
    world.api().call("POST", "auth/token/revoke-accessor", body)


def test_the_command_joins_them_to_terraforms_own_drift(world: World, tmp_path: Path) -> None:
    """`studio drift` says so by its exit code, as JSON and as a table, and shows no token."""
    state = tmp_path / "state"
    (state / "synth").mkdir(parents=True)
    (state / "synth" / "manifest.json").write_text(json.dumps({"version": 1, "stacks": []}))
    path = f"sys/auth/{world.place().prefix}people"
    world.api().call("POST", path, {"type": "userpass"})
    try:
        done = run(world, state, "--vault")
        assert done.returncode == 4, done.stderr
        (found,) = [
            one for one in json.loads(done.stdout)["stacks"] if one["name"] == world.cell().stack
        ]
        assert found["status"] == "drifted"
        (one,) = found["drift"]
        assert (one["kind"], one["severity"], one["paths"]) == ("undeclared", "critical", [])
        assert one["address"] == f"vault:EU:{full(world, path)}"
        for token in (*world.tokens.values(), world.clusters.servers["EU"].root_token):
            assert token not in done.stdout + done.stderr
        done = run(world, state, "--no-vault")
        assert (done.returncode, json.loads(done.stdout)) == (0, {"stacks": []})
        done = run(world, state, "--vault", VAULT_TOKEN_EU="")
        assert done.returncode == 1
        assert "there is no token for the Vault of EU; found no VAULT_TOKEN_EU" in done.stderr
    finally:
        world.api().call("DELETE", path)


def run(
    world: World, state: Path, *options: str, **others: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    variables: dict[str, Any] = {**os.environ, **world.environment(**others)}
    return subprocess.run(
        [
            STUDIO,
            "--estate",
            str(world.file),
            "--state-dir",
            str(state),
            "--format=json",
            "drift",
            *options,
        ],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
