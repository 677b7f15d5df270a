"""A cluster that can't be read is never clean; others are looked at all the same."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from delivery.drift.vault_world import World, paths

from agent_studio.delivery.drift.vault import cluster, look
from agent_studio.delivery.drift.vault.policy import drift_policy
from agent_studio.estate.names import vault as names
from agent_studio.rehearsal.vault.api import ApiError


@pytest.fixture
def other(world: World) -> Iterator[str]:
    """A stack in the other cluster, in whose place something lies that nobody declared."""
    cell = world.cell("eastus2")
    at = f"sys/mounts/{world.place(cell).prefix}more"
    with world.planted(world.api(cell), ("POST", at, {"type": "kv"})):
        yield cell.stack


def only_eu_fails(world: World, other: str, said: str, **variables: str) -> None:
    """Assert that one cluster is a failure with a text, and the other is looked at."""
    found = world.look(**variables)
    assert set(found) == {"vault-eu", other}
    assert found["vault-eu"].status == "failed"
    assert said in str(found["vault-eu"].error)
    assert found[other].status == "drifted"
    for token in (*world.tokens.values(), variables.get("VAULT_TOKEN_EU")):
        assert not token or token not in repr(found)


def test_one_that_does_not_take_the_token(world: World, other: str) -> None:
    """The path that was refused is named, and what to do."""
    only_eu_fails(
        world,
        other,
        "vault-eu: the Vault of EU can't be asked what nobody declared; "
        "found sys/mounts: Vault's policy does not admit the request; "
        "fix: give the token the policy of docs/runbooks/drift.md, or log in again if it has ended",
        VAULT_TOKEN_EU="hvs.nobody",
    )


@pytest.mark.parametrize("token", ["hvs.canary\nX-Evil: 1", "hvs.canäry€"])
def test_a_token_that_no_request_can_carry(world: World, other: str, token: str) -> None:
    """It is not shown."""
    only_eu_fails(world, other, "found sys/mounts: ", VAULT_TOKEN_EU=token)
    assert "canary" not in str(world.look(VAULT_TOKEN_EU=token)["vault-eu"].error)


def test_one_without_a_token(world: World, other: str) -> None:
    """The variable is named."""
    only_eu_fails(
        world,
        other,
        "there is no token for the Vault of EU; found no VAULT_TOKEN_EU; "
        "fix: log in to it with the policy of docs/runbooks/drift.md, set VAULT_TOKEN_EU",
        VAULT_TOKEN_EU="",
    )


def test_one_whose_certificate_is_not_known(world: World, other: str) -> None:
    """By a wrong authority, or one that can't be read."""
    wrong = str(world.clusters.servers["US"].authority)
    only_eu_fails(world, other, "its certificate is not trusted", VAULT_CACERT_EU=wrong)
    only_eu_fails(world, other, "found /nowhere.pem: No such file", VAULT_CACERT_EU="/nowhere.pem")


def test_one_that_is_sealed(world: World, other: str) -> None:
    """Found by the first request."""
    server = world.clusters.servers["EU"]
    server.seal()
    try:
        only_eu_fails(world, other, f"Vault is sealed; fix: unseal {server.address}")
    finally:
        server.unseal()


def test_one_that_does_not_answer(world: World, other: str) -> None:
    """Its address is named."""
    server = world.clusters.servers["EU"]
    server.stop(at_once=True)
    try:
        only_eu_fails(world, other, f"fix: see that {server.address} can be reached from here")
    finally:
        server.start()
        server.unseal()
    assert set(world.look()) == {other}


def test_a_server_that_is_no_vault(world: World, other: str) -> None:
    """Which has nothing anywhere: that is not taken for a Vault without findings."""
    issuer = world.clusters.issuer
    vault = world.estate.spec.vault
    clusters = {**vault.clusters, "EU": issuer.address}
    spec = world.estate.spec.model_copy(
        update={"vault": vault.model_copy(update={"clusters": clusters})}
    )
    elsewhere = replace(world, estate=replace(world.estate, spec=spec))
    only_eu_fails(
        elsewhere,
        other,
        "found sys/mounts: the answer is not one of Vault's",
        VAULT_CACERT_EU=str(issuer.authority),
    )


def test_no_time_is_left(world: World) -> None:
    """Every cluster has a deadline of its own; the line names it."""
    found = world.look(deadline=0.0)
    assert {one.status for one in found.values()} == {"failed"}
    assert "fix: it was not read within 0 s: see how quickly it answers" in str(
        found["vault-eu"].error
    )


def test_what_was_found_in_a_cluster_that_can_be_read_in_part_is_told(
    world: World, other: str
) -> None:
    """And the failure, too."""
    cell = world.cell()
    lines = [each for each in world.policy().splitlines() if "transit/keys" not in each]
    at = f"sys/mounts/{world.place().prefix}more"
    with world.planted(world.api(), ("POST", at, {"type": "kv"})):
        found = world.look(VAULT_TOKEN_EU=world.bearer("\n".join(lines)))
    assert set(found) == {"vault-eu", other, cell.stack}
    assert len(paths(found[cell.stack])) == 1
    assert found["vault-eu"].status == "failed"
    error = str(found["vault-eu"].error)
    assert "transit/keys: Vault's policy does not admit the request" in error
    if world.place().namespace:
        # Three cells, the core and what they share have keys here.
        assert ", and 4 more; fix: give the token the policy" in error


@pytest.mark.parametrize("limit", ["LONGEST", "MOST"])
def test_lists_that_are_too_long(world: World, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """They are a failure, and not cut."""
    monkeypatch.setattr(cluster, limit, 1)
    found = world.look()
    assert re.search(
        r": more than 1 entries.*; fix: revoke or delete what nobody needs",
        str(found["vault-eu"].error),
    )


def test_a_cluster_without_a_token_is_left_out_unless_one_insists(world: World) -> None:
    """A line says so. A token that is Terraform's is not taken."""
    told: list[str] = []
    environment = {**world.environment(VAULT_TOKEN_EU=""), "VAULT_TOKEN": "hvs.terraforms"}
    found = look(world.estate, (), environment=environment, insist=False, tell=told.append)
    assert "vault-eu" not in {one.stack for one in found}
    assert told == ["the Vault of EU is not asked what nobody declared: no VAULT_TOKEN_EU"]


def test_a_token_that_names_no_cluster_serves_who_insists_on_one(world: World) -> None:
    """Where several are meant it is shown to none."""
    alone = {"VAULT_TOKEN_EU": "", "VAULT_TOKEN": world.tokens["EU"]}
    assert world.look("cell-aws-*", **alone) == {}
    failed = world.look(**alone)["vault-eu"]
    assert "there is no token for the Vault of EU" in str(failed.error)
    failed = world.look("cell-aws-*", VAULT_TOKEN_EU="")["vault-eu"]
    assert "found no VAULT_TOKEN_EU or VAULT_TOKEN;" in str(failed.error)


def test_the_runbooks_policy_is_the_one_that_bootstrap_writes(world: World) -> None:
    """As changed by the runbook for a Vault without namespaces."""
    held = world.root.call("GET", f"sys/policies/acl/{names.drift_policy('acme')}")["data"]
    assert set(held["policy"].splitlines()) == set(world.policy().splitlines())
    assert set(drift_policy(world.isolation).splitlines()) == set(world.policy().splitlines())


def test_each_line_of_the_runbooks_policy_is_needed(world: World) -> None:
    """With all of them everything can be read; without any one, or a part of one, it can't."""
    root, made = world.root, []
    accessor = root.call("GET", "sys/auth")["data"]["acme-ci/"]["accessor"]
    # Somebody is logged in at the cell's place, and CI was: both are looked up.
    login = world.api().call("POST", "auth/token/create", {"policies": ["default"]})["auth"]
    for api in {each.namespace: each for each in (root, world.api())}.values():
        entity = api.call("POST", "identity/entity", {"name": "one"})["data"]["id"]
        group = api.call("POST", "identity/group", {"name": "g", "member_entity_ids": [entity]})
        made += [(api, f"group/id/{group['data']['id']}"), (api, f"entity/id/{entity}")]
        if not api.namespace:
            alias = {"name": "job", "canonical_id": entity, "mount_accessor": accessor}
            root.call("POST", "identity/entity-alias", alias)
    try:
        lines = world.policy().splitlines()
        for line in lines:
            # What holds in places is missed at any of them.
            stacks = (world.cell().stack,) if line.startswith('path "+/') else ()
            for less in (None, *parts(line)):
                kept = [less if each == line else each for each in lines]
                text = "\n".join(each for each in kept if each)
                found = world.look(*stacks, VAULT_TOKEN_EU=world.bearer(text))
                assert found.get("vault-eu"), (line, less)
                assert found["vault-eu"].status == "failed", (line, less)
                assert "policy does not admit" in str(found["vault-eu"].error), (line, less)
        assert world.look(VAULT_TOKEN_EU=world.bearer("\n".join(lines))) == {}
    finally:
        for api, each in made:
            api.call("DELETE", f"identity/{each}")
        body = {"accessor": login["accessor"]}
        world.api().call("POST", "auth/token/revoke-accessor", body)


def parts(line: str) -> list[str]:
    """A line of a policy with one capability fewer, for each of several."""
    head, _, tail = line.partition("[")
    capabilities = tail.partition("]")[0].split(", ")
    if len(capabilities) == 1:
        return []
    return [
        f"{head}[{', '.join(each for each in capabilities if each != left)}] }}"
        for left in capabilities
    ]


def test_the_runbooks_policy_changes_nothing_and_reads_no_secret(world: World) -> None:
    """It sees names. It neither reads what they guard, nor writes, nor revokes."""
    place, scope = world.place(), world.cell().scope
    secret = f"{names.kv_mount(place)}/data/{names.secrets('analyst')}/canary"
    world.api().call("POST", secret, {"data": {"value": "canary"}})
    api = world.api().bearing(world.tokens["EU"])
    mount, transit = names.auth_mount(scope, place), names.transit_mount(place)
    accessor = world.root.call("GET", "auth/token/lookup-self")["data"]["accessor"]
    for method, at, body in (
        ("GET", secret, None),
        ("POST", secret, {"data": {}}),
        ("POST", f"auth/{mount}/role/{names.role(scope, 'analyst')}", {}),
        ("GET", f"sys/policies/acl/{names.policy(scope, 'analyst', place)}", None),
        ("PUT", "sys/policies/acl/acme-x", {"policy": ""}),
        ("POST", f"{transit}/keys/more", {}),
        ("GET", f"{transit}/export/encryption-key/class-personal", None),
        ("POST", f"{transit}/encrypt/class-personal", {"plaintext": ""}),
        ("POST", "sys/mounts/more", {"type": "kv"}),
        ("POST", "sys/auth/more", {"type": "jwt"}),
        ("POST", "auth/token/create", {}),
        ("POST", "auth/token/revoke-accessor", {"accessor": accessor}),
        ("POST", "identity/entity", {"name": "x"}),
    ):
        with pytest.raises(ApiError) as refused:
            api.call(method, at, body)
        assert refused.value.status == 403, at
    world.api().call("DELETE", secret.replace("/data/", "/metadata/"))
