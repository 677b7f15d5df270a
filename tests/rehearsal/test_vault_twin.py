"""The twin of Vault's provider writes to a real server, and reads what it holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from support.terraform import run_alone, settings

from agent_studio.rehearsal.twins.mirror import VAULT, lay_out
from agent_studio.rehearsal.twins.vault import Played, write_played
from agent_studio.rehearsal.vault.api import ApiError
from agent_studio.rehearsal.vault.clusters import Clusters, serving

DECLARED = "https://vault.eu.acme.example:8200"
ISSUER = "https://accounts.google.com"
ROLE = "auth/jwt-a/role/analyst"
CANARY = "eyJjYW5hcnk.canary-of-a-token"


def stack(place: str, **others: dict[str, Any]) -> dict[str, Any]:
    """A stack with one of each type in a place; `others` adds to a type's first resource."""
    within = {"namespace": place}
    resources: dict[str, dict[str, Any]] = {
        "vault_namespace": {"path": place},
        "vault_mount": {
            **within,
            "path": "transit",
            "type": "transit",
            "description": "Keys.",
            "depends_on": ["vault_namespace.a"],
        },
        "vault_transit_secret_backend_key": {
            **within,
            "backend": "transit",
            "name": "class-a",
            "type": "aes256-gcm96",
            "exportable": False,
            "deletion_allowed": False,
            "depends_on": ["vault_mount.a"],
        },
        "vault_jwt_auth_backend": {
            **within,
            "path": "jwt-a",
            "type": "jwt",
            "oidc_discovery_url": ISSUER,
            "bound_issuer": ISSUER,
            "jwt_supported_algs": ["RS256"],
            "depends_on": ["vault_namespace.a"],
        },
        "vault_policy": {
            **within,
            "name": "analyst",
            "policy": '{"path":{}}',
            "depends_on": ["vault_namespace.a"],
        },
        "vault_jwt_auth_backend_role": {
            **within,
            "backend": "jwt-a",
            "role_name": "analyst",
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_subject": "me",
            "token_bound_cidrs": ["10.16.0.0/20"],
            "token_policies": ["analyst"],
            "token_ttl": 900,
            "depends_on": ["vault_jwt_auth_backend.a", "vault_policy.a"],
        },
    }
    named = {name: {"a": {**body, **others.get(name, {})}} for name, body in resources.items()}
    return {
        "terraform": {"required_providers": {"vault": {"source": "hashicorp/vault"}}},
        "provider": {"vault": [{"address": DECLARED}]},
        "resource": named,
    }


@dataclass
class Bench:
    """Terraform over the twin, and the server behind it."""

    clusters: Clusters
    folder: Path
    place: str = field(default_factory=lambda: f"acme-cell-{token_hex(4)}")
    work: Path = field(init=False)

    def __post_init__(self) -> None:
        self.work = self.folder / "work"
        self.work.mkdir()
        self.mirror = lay_out(self.folder / "mirror", self.folder / "clouds", [VAULT])
        self.play()

    @property
    def server(self) -> Any:
        """The server that plays the cluster."""
        return self.clusters.servers["EU"]

    def play(self, **others: Any) -> None:
        """Say who plays whom."""
        known: dict[str, Any] = {
            "servers": {DECLARED: self.server.address},
            "authorities": {DECLARED: str(self.server.authority)},
            "tokens": {DECLARED: self.server.root_token},
            "issuers": {ISSUER: self.clusters.issuer.url("google")},
            "issuer_authority": self.clusters.issuer.authority.read_text(),
        }
        write_played(self.folder / "clouds" / VAULT, Played(**{**known, **others}))

    def write(self, document: dict[str, Any]) -> None:
        """Put a stack in place."""
        (self.work / "cdk.tf.json").write_text(json.dumps(document))

    def run(self, *words: str, **variables: str) -> tuple[int, str]:
        """Run Terraform."""
        where = settings(self.folder, self.mirror)
        return run_alone([*words, "-no-color"], work=self.work, settings=where, **variables)

    def apply(self, document: dict[str, Any] | None = None, **variables: str) -> str:
        """Apply a stack; what Terraform said."""
        self.write(document or stack(self.place))
        assert self.run("init", "-input=false")[0] == 0
        status, said = self.run("apply", "-auto-approve", "-input=false", **variables)
        assert status == 0, said[-3000:]
        return said

    def changes(self) -> dict[str, list[str]]:
        """What a plan would do: address to actions; no-ops left out."""
        status, said = self.run("plan", "-input=false", "-out=plan")
        assert status == 0, said[-3000:]
        plan = json.loads(self.run("show", "-json", "plan")[1])
        found = {one["address"]: one["change"]["actions"] for one in plan["resource_changes"]}
        return {address: actions for address, actions in found.items() if actions != ["no-op"]}

    def api(self) -> Any:
        """The server's API within the place."""
        return self.server.api.within(self.place)


@pytest.fixture(scope="module")
def clusters() -> Iterator[Clusters]:
    """One cluster, and an issuer."""
    with serving(["EU"]) as found:
        yield found


@pytest.fixture
def bench(clusters: Clusters, tmp_path: Path) -> Iterator[Bench]:
    """A bench on a server without the place."""
    found = Bench(clusters, tmp_path)
    yield found
    # A namespace's name is free again a while after it is deleted: each test has its own.
    clusters.servers["EU"].api.call("DELETE", f"sys/namespaces/{found.place}")


def test_what_is_applied_stands_on_the_server(bench: Bench) -> None:
    """Networks and issuers are those that play the declared ones; a second plan is empty."""
    bench.apply()
    role = bench.api().call("GET", ROLE)["data"]
    assert role["bound_subject"] == "me"
    assert role["token_bound_cidrs"] == ["127.16.0.0/20"]
    assert role["token_ttl"] == 900
    config = bench.api().call("GET", "auth/jwt-a/config")["data"]
    assert config["bound_issuer"] == bench.clusters.issuer.url("google")
    assert config["jwt_supported_algs"] == ["RS256"]
    key = bench.api().call("GET", "transit/keys/class-a")["data"]
    assert (key["type"], key["exportable"], key["deletion_allowed"]) == (
        "aes256-gcm96",
        False,
        False,
    )
    assert bench.changes() == {}


def test_a_change_is_made_in_place(bench: Bench) -> None:
    """Another policy, and another network, without a replacement."""
    bench.apply()
    policy = '{"path":{"kv/*":{"capabilities":["read"]}}}'
    bench.apply(
        stack(
            bench.place,
            vault_policy={"policy": policy},
            vault_jwt_auth_backend_role={"token_bound_cidrs": ["10.16.16.0/20"]},
            vault_mount={"description": "More keys."},
        )
    )
    assert bench.api().call("GET", "sys/policies/acl/analyst")["data"]["policy"] == policy
    assert bench.api().call("GET", ROLE)["data"]["token_bound_cidrs"] == ["127.16.16.0/20"]
    assert bench.api().call("GET", "sys/mounts/transit")["data"]["description"] == "More keys."
    assert bench.changes() == {}


def test_what_somebody_changed_or_deleted_is_found(bench: Bench) -> None:
    """A wider role, another policy, a key that may leave, a method of another issuer; no role."""
    bench.apply()
    api = bench.api()
    api.call("POST", ROLE, {"role_type": "jwt", "user_claim": "sub", "bound_subject": "you"})
    api.call("PUT", "sys/policies/acl/analyst", {"policy": 'path "*" {capabilities=["sudo"]}'})
    api.call("POST", "transit/keys/class-a/config", {"exportable": True})
    other = {
        "oidc_discovery_url": bench.clusters.issuer.url("evil"),
        "bound_issuer": bench.clusters.issuer.url("evil"),
        "oidc_discovery_ca_pem": bench.clusters.issuer.authority.read_text(),
    }
    api.call("POST", "auth/jwt-a/config", other)
    assert bench.changes() == {
        "vault_jwt_auth_backend_role.a": ["update"],
        "vault_policy.a": ["update"],
        "vault_transit_secret_backend_key.a": ["update"],
        "vault_jwt_auth_backend.a": ["update"],
    }
    api.call("DELETE", ROLE)
    assert bench.changes()["vault_jwt_auth_backend_role.a"] == ["create"]


def test_a_name_that_is_taken_is_refused(bench: Bench) -> None:
    """Somebody made the namespace by hand; nothing of theirs is taken over."""
    bench.server.api.call("POST", f"sys/namespaces/{bench.place}", {})
    bench.write(stack(bench.place))
    bench.run("init", "-input=false")
    status, said = bench.run("apply", "-auto-approve", "-input=false")
    assert status == 1
    assert f"{bench.place} exists already" in " ".join(said.split())


def test_a_key_is_not_deleted_unless_the_server_lets_it_go(bench: Bench) -> None:
    """As Vault has it: the key's own setting must allow it first."""
    bench.apply()
    status, said = bench.run("apply", "-destroy", "-auto-approve", "-input=false")
    assert status == 1
    assert "deletion is not allowed for this key" in " ".join(said.split())
    bench.api().call("POST", "transit/keys/class-a/config", {"deletion_allowed": True})
    status, said = bench.run("apply", "-destroy", "-auto-approve", "-input=false")
    assert status == 0, said[-3000:]
    with pytest.raises(ApiError) as caught:
        bench.server.api.call("GET", f"sys/namespaces/{bench.place}")
    assert caught.value.status == 404


def test_a_login_that_the_server_refuses_ends_the_apply(bench: Bench) -> None:
    """Terraform logs in by the CI job's token, and says no word of it when it is refused."""
    api = bench.server.api
    api.call("POST", f"sys/namespaces/{bench.place}", {})
    login = [{"mount": "acme-ci", "role": "apply"}]
    document = stack(bench.place)
    document["provider"] = {"vault": [{"address": DECLARED, "auth_login_jwt": login}]}
    bench.play(tokens={})
    bench.write(document)
    bench.run("init", "-input=false")
    status, said = bench.run(
        "apply", "-auto-approve", "-input=false", TERRAFORM_VAULT_AUTH_JWT=CANARY
    )
    assert status == 1
    assert "Vault refused POST auth/acme-ci/login" in " ".join(said.split())
    assert CANARY not in said
    assert bench.server.root_token not in said


def test_a_server_that_is_down_is_an_error(bench: Bench) -> None:
    """Nothing is taken for applied, and nothing for gone."""
    bench.apply()
    down = {DECLARED: "https://127.0.0.1:1"}
    bench.play(servers=down)
    status, said = bench.run("plan", "-input=false")
    assert status == 1
    assert f"the server that plays {DECLARED} does not answer" in " ".join(said.split())


def test_two_places_hold_things_of_one_name(bench: Bench) -> None:
    """Ids name no namespace; another place's mount of the same path is another resource."""
    document = stack(bench.place)
    document["resource"]["vault_namespace"]["b"] = {"path": f"{bench.place}-b"}
    document["resource"]["vault_mount"]["b"] = {
        "namespace": f"{bench.place}-b",
        "path": "transit",
        "type": "transit",
        "description": "Other keys.",
        "depends_on": ["vault_namespace.b"],
    }
    bench.apply(document)
    assert bench.changes() == {}
    for place, about in ((bench.place, "Keys."), (f"{bench.place}-b", "Other keys.")):
        found = bench.server.api.within(place).call("GET", "sys/mounts/transit")["data"]
        assert found["description"] == about
    bench.server.api.call("DELETE", f"sys/namespaces/{bench.place}-b")


def test_what_another_stack_makes_is_waited_for(bench: Bench) -> None:
    """Where stacks are applied at once; without patience, it is refused."""
    document = stack(bench.place)
    del document["resource"]["vault_namespace"]
    for named in document["resource"].values():
        named["a"]["depends_on"] = [
            each for each in named["a"].get("depends_on", []) if "namespace" not in each
        ]
    bench.write(document)
    bench.run("init", "-input=false")
    status, said = bench.run("apply", "-auto-approve", "-input=false")
    assert status == 1
    assert "namespace not found" in " ".join(said.split())
    bench.server.api.call("POST", f"sys/namespaces/{bench.place}", {})
    bench.play(patience=20.0)
    assert bench.run("apply", "-auto-approve", "-input=false")[0] == 0
