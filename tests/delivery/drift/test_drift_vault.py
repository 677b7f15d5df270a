"""What is in Vault that nobody declared, found in real servers."""

from dataclasses import replace
from typing import Any

import pytest
from delivery.drift.vault_world import World, gone, path, paths

from agent_studio.delivery.drift.vault import look
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import vault as names
from agent_studio.rehearsal.vault.cells import open_place

KV = {"type": "kv"}
ANY = {"policy": 'path "*" {}'}


def test_an_estate_as_declared_has_nothing_undeclared(world: World) -> None:
    """Places, logins, roles, policies and keys of cells, core and CI are known."""
    assert world.look() == {}


def full(world: World, path: str, place: names.Place | None = None) -> str:
    """A path of a place, by default the first cell's, from the root namespace."""
    namespace = (place or world.place()).namespace
    return f"{namespace}/{path}" if namespace else path


def role_of(world: World) -> dict[str, Any]:
    """A role of the first cell, as it is written."""
    mount = names.auth_mount(world.cell().scope, world.place())
    role = names.role(world.cell().scope, "analyst")
    found = world.api().call("GET", f"auth/{mount}/role/{role}")["data"]
    return {key: value for key, value in found.items() if value not in (None, "", 0)}


def test_what_somebody_made_in_a_cells_place_is_found(world: World) -> None:
    """Each thing is named and graded, and nothing else is; the stack is the cell's."""
    place = world.place()
    mount = names.auth_mount(world.cell().scope, place)
    transit = names.transit_mount(place)
    policy = "sys/policies/acl/acme-back-door"
    wanted = {
        f"sys/mounts/{place.prefix}more": (KV, "high"),
        f"sys/auth/{place.prefix}people": ({"type": "userpass"}, "critical"),
        f"auth/{mount}/role/back-door": (role_of(world), "critical"),
        f"{transit}/keys/more": ({"type": "ed25519"}, "high"),
        f"{transit}/keys/open": ({"type": "ed25519", "exportable": True}, "critical"),
        policy: (ANY, "critical"),
    }
    with world.planted(world.api(), *(("POST", at, body) for at, (body, _) in wanted.items())):
        found = world.look()
    if not place.namespace:
        # Without namespaces all policies lie beside each other, in no place.
        assert paths(found.pop("vault-eu")) == {policy: wanted.pop(policy)[1]}
    (entry,) = found.values()
    assert entry.stack == world.cell().stack
    assert paths(entry) == {full(world, at): severity for at, (_, severity) in wanted.items()}
    assert {one.kind for one in entry.drift} == {"undeclared"}
    assert {path(one): one.paths for one in entry.drift if one.paths} == {
        full(world, f"{transit}/keys/open"): ("exportable",)
    }
    # The worst comes first.
    assert [one.severity.rank for one in entry.drift] == sorted(
        one.severity.rank for one in entry.drift
    )
    assert world.look() == {}


def test_what_somebody_made_in_the_cores_places_is_the_cores(world: World) -> None:
    """In its own place, and in the one that a jurisdiction's cells share."""
    shared = names.shared("acme", "EU", world.isolation)
    own = names.cell(world.estate.core_scope, world.isolation)
    for place in (shared, own):
        api = world.root.within(place.namespace)
        key, mount = f"{names.transit_mount(place)}/keys/more", f"sys/mounts/{place.prefix}more"
        with world.planted(api, ("POST", key, {}), ("POST", mount, KV)):
            found = world.look()
        assert list(found) == ["core"]
        assert paths(found["core"]) == {
            full(world, key, place): "high",
            full(world, mount, place): "high",
        }


def test_a_declared_key_that_can_be_taken_out_is_found(world: World) -> None:
    """Its stack knows it, so it is called changed, with what was set."""
    api, transit = world.api(), names.transit_mount(world.place())
    key = f"{transit}/keys/{names.class_key('personal')}"
    settings = {"exportable": True, "allow_plaintext_backup": True}
    api.call("POST", f"{key}/config", settings)
    try:
        found = world.look()
    finally:
        # Vault does not take it back: the key is made anew.
        api.call("POST", f"{key}/config", {"deletion_allowed": True})
        api.call("DELETE", key)
        api.call("POST", key, {"type": "aes256-gcm96"})
    assert list(found) == [world.cell().stack]
    (one,) = found[world.cell().stack].drift
    assert (one.kind, one.severity.value, path(one)) == ("changed", "critical", full(world, key))
    assert one.paths == ("allow_plaintext_backup", "exportable")
    assert world.look() == {}


def test_what_widens_the_login_of_ci_is_found(world: World) -> None:
    """A role that bootstrap does not make, and a policy that is named as its own are."""
    role, policy = "auth/acme-ci/role/back-door", "sys/policies/acl/acme-ci-more"
    body = {**role_of(world), "bound_claims": {}}
    with world.planted(world.root, ("POST", role, body), ("PUT", policy, ANY)):
        found = world.look()
    assert {stack: paths(one) for stack, one in found.items()} == {
        "vault-eu": {role: "critical", policy: "critical"}
    }


@pytest.mark.parametrize("world", ["namespace"], indirect=True)
def test_what_widens_a_namespace_is_found(world: World) -> None:
    """A namespace within a cell's, and an entity and a group that give policies to logins."""
    api, place = world.api(), world.place()
    entity = api.call("POST", "identity/entity", {"name": "e", "policies": ["p"]})["data"]["id"]
    group = api.call("POST", "identity/group", {"name": "g", "policies": ["p"]})["data"]["id"]
    plain = api.call("POST", "identity/entity", {"name": "harmless"})["data"]["id"]
    try:
        with world.planted(api, ("POST", "sys/namespaces/inner", {})):
            found = world.look()
    finally:
        for each in (f"group/id/{group}", f"entity/id/{entity}", f"entity/id/{plain}"):
            api.call("DELETE", f"identity/{each}")
    assert {stack: paths(one) for stack, one in found.items()} == {
        world.cell().stack: {
            f"{place.namespace}/sys/namespaces/inner": "critical",
            f"{place.namespace}/identity/entity/id/{entity}": "critical",
            f"{place.namespace}/identity/group/id/{group}": "critical",
        }
    }


def test_what_widens_logins_from_the_root_namespace_is_found(world: World) -> None:
    """Entities of logins by the estate's methods there, and the groups above; others are not."""
    root, cell = world.root, world.cell()
    in_root = not world.place().namespace
    ours = names.auth_mount(cell.scope, world.place()) if in_root else names.ci_mount("acme")
    made: list[str] = []

    def make(kind: str, **body: Any) -> str:
        found = str(root.call("POST", f"identity/{kind}", body)["data"]["id"])
        made.append(f"identity/{kind}/id/{found}")
        return found

    with world.planted(root, ("POST", "sys/auth/others", {"type": "userpass"})):
        accessors = {k: v["accessor"] for k, v in root.call("GET", "sys/auth")["data"].items()}
        try:
            entity, other = (make("entity", name=each, policies=["p"]) for each in "eo")
            for canonical, mount in ((entity, ours), (other, "others")):
                accessor = accessors[f"{mount}/"]
                make("entity-alias", name="x", canonical_id=canonical, mount_accessor=accessor)
            inner = make("group", name="inner", member_entity_ids=[entity])
            outer = make("group", name="outer", member_group_ids=[inner], policies=["p"])
            make("group", name="others", member_entity_ids=[other], policies=["p"])
            outside = make("group", name="outside", type="external", policies=["p"])
            accessor = accessors[f"{ours}/"]
            make("group-alias", name="x", canonical_id=outside, mount_accessor=accessor)
            found = world.look()
        finally:
            for each in reversed(made):
                root.call("DELETE", each)
    assert {stack: paths(one) for stack, one in found.items()} == {
        cell.stack if in_root else "vault-eu": {
            f"identity/entity/id/{entity}": "critical",
            f"identity/group/id/{outer}": "critical",
            f"identity/group/id/{outside}": "critical",
        }
    }
    assert world.look() == {}


def test_a_place_that_the_estate_does_not_have_is_found(world: World) -> None:
    """One that bears a name of the estate's; what others called theirs is not."""
    scope = replace(world.cell().scope, stack="cell-aws-eu-west-1-gone")
    gone = names.cell(scope, world.isolation)
    for label in (gone.label, "acme-notes", "notes"):
        place = replace(gone, label=label)
        at = f"sys/namespaces/{label}" if place.namespace else f"sys/mounts/{names.kv_mount(place)}"
        with world.planted(world.root, ("POST", at, {} if place.namespace else KV)):
            found = world.look()
        wanted = {"vault-eu": {at: "critical" if place.namespace else "high"}}
        assert {k: paths(v) for k, v in found.items()} == (wanted if place == gone else {})


def test_an_estate_whose_name_begins_the_same_is_another(world: World) -> None:
    """It is known by the login of its CI, or by its places; then its policies are no finding."""
    eu = replace(names.cell(replace(world.cell().scope, studio="acme-eu"), world.isolation))
    kill = ("PUT", "sys/policies/acl/acme-eu-kill", ANY)
    at = f"sys/namespaces/{eu.label}" if eu.namespace else f"sys/mounts/{names.kv_mount(eu)}"
    place = ("POST", at, {} if eu.namespace else KV)
    login = ("POST", "sys/auth/acme-eu-ci", {"type": "jwt"})
    for known_by in (place, login):
        with world.planted(world.root, known_by, kill):
            assert world.look() == {}
    with world.planted(world.root, kill):
        found = world.look()
    assert {k: paths(v) for k, v in found.items()} == {"vault-eu": {kill[1]: "critical"}}


def test_root_tokens_are_found_and_not_shown(world: World) -> None:
    """By some letters of their accessors, which revoke nothing."""
    api = world.root
    made = api.call("POST", "auth/token/create", {"policies": ["root"]})["auth"]
    found = look(
        world.estate, (), environment=world.environment(), insist=True, tell=lambda _line: None
    )
    api.call("POST", "auth/token/revoke-accessor", {"accessor": made["accessor"]})
    (entry,) = [one for one in found if one.stack == "vault-eu"]
    shown = repr(entry)
    assert paths(entry)[f"auth/token/accessors/{made['accessor'][:6]}..."] == "critical"
    assert made["accessor"] not in shown
    assert made["client_token"] not in shown


def test_stacks_that_are_not_asked_for_are_left_out(world: World) -> None:
    """With --stack, what is in the places of these stacks alone."""
    cell, other = world.cell(), world.cell("europe-west3")
    more = [f"sys/mounts/{world.place(each).prefix}more" for each in (cell, other)]
    with (
        world.planted(world.api(cell), ("POST", more[0], KV)),
        world.planted(world.api(other), ("POST", more[1], KV)),
    ):
        assert set(world.look("cell-aws-*")) == {cell.stack}
        assert set(world.look()) == {cell.stack, other.stack}
        # No stack of these has anything in the other cluster: nobody needs a token for it.
        assert set(world.look("cell-aws-*", VAULT_TOKEN_US="")) == {cell.stack}


def test_a_cell_that_is_not_there_yet_has_nothing_undeclared(world: World) -> None:
    """Before its first apply; that something is gone is for Terraform to tell."""
    text = world.file.read_text()
    more = "  aws/eu-north-1:\n    payments-eu: {network: 10.16.64.0/20, runtimes: [analyst]}\n"
    file = world.file.with_name("more.yaml")
    file.write_text(text.replace("regions:\n", f"regions:\n{more}"))
    later = replace(world, estate=load_estate(file))
    assert len(later.estate.cells) == len(world.estate.cells) + 1
    assert later.look() == {}


def test_a_place_left_by_a_removed_cell_is_found(world: World) -> None:
    """With all that was in it, its roles and policies too, where they lie beside others'."""
    scope = replace(world.cell().scope, stack="cell-aws-eu-west-1-left")
    left = names.cell(scope, world.isolation)
    policy = f"sys/policies/acl/{names.policy(scope, 'analyst', left)}"
    within = open_place(world.root, left)
    at = names.auth_mount(scope, left)
    within.call("POST", f"sys/auth/{at}", {"type": "jwt"})
    within.call("PUT", policy, ANY)
    try:
        found = world.look()
    finally:
        within.call("DELETE", policy)
        within.call("DELETE", f"sys/auth/{at}")
        if left.namespace:
            world.root.call("DELETE", f"sys/namespaces/{left.label}")
            gone(world.root, f"sys/namespaces/{left.label}")
    wanted = [f"sys/namespaces/{left.label}"] if left.namespace else [f"sys/auth/{at}", policy]
    assert {k: paths(v) for k, v in found.items()} == {
        "vault-eu": dict.fromkeys(wanted, "critical")
    }
