"""The commands that make Vault clusters ready, run against real servers."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from support.estates import EXAMPLE

from agent_studio.delivery.bootstrap import vault
from agent_studio.delivery.bootstrap.vault_rules import Rule, rules
from agent_studio.delivery.kill.policy import kill_policy
from agent_studio.estate import CiSpec, Estate
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import cell_paths, policy_text, role_document
from agent_studio.estate.vault.access import Lease
from agent_studio.rehearsal.vault import issuer as issuers
from agent_studio.rehearsal.vault.api import Api, ApiError
from agent_studio.rehearsal.vault.cells import Trust, add_key, mount, open_place, set_up
from agent_studio.rehearsal.vault.issuer import Issuer
from agent_studio.rehearsal.vault.server import Server, program
from agent_studio.rehearsal.vault.server import running as running_server
from agent_studio.rehearsal.vault.tokens import caller, tenant

ROOT = Path(__file__).parents[2]
STUDIO = str(Path(sys.executable).with_name("studio"))
ESTATE = ROOT / "tests" / "identity" / "estate.yaml"
LOOPBACK = [IPv4Network("127.0.0.0/8")]
ENVIRONMENT = "repo:acme/estate:environment:production"
PULL_REQUEST = "repo:acme/estate:pull_request"
READ = '[ "${!#}" != - ] || cat >/dev/null'
PURPOSES: tuple[names.CiPurpose, ...] = ("plan", "apply")


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A cluster on which the commands were run.

    Attributes:
        server: its server.
        issuer: plays CI's issuer, and every cloud's.
        estate: what it is ready for.
        folder: for files.
    """

    server: Server
    issuer: Issuer
    estate: Estate
    folder: Path

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of its jurisdiction."""
        return tuple(cell for cell in self.estate.cells if cell.jurisdiction == "EU")

    @property
    def isolation(self) -> names.Isolation:
        """How cells are held apart."""
        return self.estate.spec.vault.isolation

    def run(self, *, command: str = "vault", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the commands with a client of such a name, as an administrator."""
        found = self.folder / command
        found.mkdir(exist_ok=True)
        link = found / command
        if not link.is_symlink():
            link.symlink_to(program())
        environment = {
            "PATH": f"{found}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "VAULT_TOKEN_EU": self.server._root,
            "VAULT_CACERT_EU": str(self.server.authority),
            "CI_CACERT": str(self.issuer.authority),
        }
        return subprocess.run(
            ["bash"],
            input="\n".join(vault.commands(self.estate, ["EU"])),
            env={**environment, **variables},
            text=True,
            capture_output=True,
            check=False,
        )

    def token(self, subject: str = ENVIRONMENT, **claims: Any) -> str:
        """A token of a job of CI."""
        merged = {"sub": subject, "aud": names.ci_audience("acme"), **claims}
        return self.issuer.token("ci", merged)

    def login(self, purpose: names.CiPurpose, token: str) -> Api:
        """Log in as CI does."""
        login = f"auth/{names.ci_mount('acme')}/login"
        body = {"role": names.ci_role("acme", purpose), "jwt": token}
        nobody = self.server.api.bearing("")
        return nobody.bearing(nobody.call("POST", login, body)["auth"]["client_token"])

    def make(self, api: Api, cell: Cell) -> None:
        """Set up a cell."""
        set_up(
            api,
            cell,
            trust=Trust(
                issuer=self.issuer.url(tenant(cell.account)), authority=self.issuer.authority
            ),
            workloads=[(each, caller(cell, each).workload) for each in cell.runtimes],
            networks=LOOPBACK,
        )

    def state(self) -> dict[str, Any]:
        """Everything in the root namespace that the commands could change."""
        api, mounted = self.server.api, f"auth/{names.ci_mount('acme')}"
        policies = api.call("LIST", "sys/policies/acl")["data"]["keys"]
        when = ("modified", "version")
        return {
            path: {k: v for k, v in api.call("GET", path)["data"].items() if k not in when}
            for path in (
                "sys/auth",
                "sys/mounts",
                "sys/audit",
                f"{mounted}/config",
                f"{mounted}/role/plan",
                f"{mounted}/role/apply",
                *(f"sys/policies/acl/{each}" for each in policies if each != "root"),
            )
        }


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Ready]]:
    """Gives a cluster of a kind of isolation, made ready when it is first asked for."""
    with contextlib.ExitStack() as stack:
        yield cache(lambda isolation: opened(stack, tmp_path_factory.mktemp("vault"), isolation))


def opened(stack: contextlib.ExitStack, folder: Path, isolation: names.Isolation) -> Ready:
    """Start a cluster and make it ready; it is stopped with the stack."""
    server = stack.enter_context(running_server(folder))
    issuer = stack.enter_context(issuers.running(folder))
    ci = CiSpec(repository="acme/estate", environment="production")
    found = Ready(
        server=server,
        issuer=issuer,
        estate=changed(
            load_estate(ESTATE),
            ci=ci.model_copy(update={"issuer": issuer.url("ci")}),
            isolation=isolation,
            clusters={"EU": server.address, "US": "https://vault.us.acme.example"},
        ),
        folder=folder,
    )
    done = found.run()
    assert (done.returncode, done.stderr) == (0, "")
    return found


@pytest.fixture(scope="module", params=["namespace", "prefix"])
def ready(request: pytest.FixtureRequest, clusters: Callable[[str], Ready]) -> Ready:
    """A cluster of each kind of isolation."""
    return clusters(request.param)


@pytest.fixture(scope="module")
def apply(ready: Ready) -> Api:
    """A login as `apply`, which set up every cell and the core's places."""
    api = ready.login("apply", ready.token())
    for cell in ready.cells:
        ready.make(api, cell)
    core = names.cell(ready.estate.core_scope, ready.isolation)
    within = open_place(api, core)
    mount(within, names.transit_mount(core), "transit")
    add_key(within, core, names.SIGNING_KEY, "ed25519")
    return api


@pytest.fixture(scope="module")
def plan(ready: Ready, apply: Api) -> Api:
    """A login as `plan`, of a pull request, once everything stands."""
    return ready.login("plan", ready.token(PULL_REQUEST))


def changed(estate: Estate, *, isolation: names.Isolation = "namespace", **changes: Any) -> Estate:
    """An estate with another CI, isolation or clusters."""
    spec = estate.spec
    clusters = changes.pop("clusters", spec.vault.clusters)
    of_vault = spec.vault.model_copy(update={"isolation": isolation, "clusters": clusters})
    return replace(
        estate,
        spec=spec.model_copy(update={"vault": of_vault, **changes}),
        cells=tuple(replace(cell, vault_isolation=isolation) for cell in estate.cells),
    )


def places(ready: Ready) -> list[names.Place]:
    """All places of the cluster."""
    own = [names.cell(cell.scope, ready.isolation) for cell in ready.cells]
    core = names.cell(ready.estate.core_scope, ready.isolation)
    return [*own, core, names.shared("acme", "EU", ready.isolation)]


def full(place: names.Place, path: str) -> str:
    """A path of a place, from the root namespace."""
    return f"{place.namespace}/{path}" if place.namespace else path


def may(api: Api, *paths: str) -> dict[str, list[str]]:
    """What a login may do, from the root namespace."""
    answer = api.call("POST", "sys/capabilities-self", {"paths": list(paths)})
    return {path: answer[path] for path in paths}


def refused(api: Api, method: str, path: str, body: dict[str, Any] | None = None) -> bool:
    """Whether the server refuses a request: for want of a right, or whoever sends it (405)."""
    return api._send(method, path, body).status_code in (403, 405)


def asked(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `studio bootstrap` on an estate."""
    command = [STUDIO, "--estate", str(file), "bootstrap", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_running_them_again_changes_nothing(ready: Ready) -> None:
    """Not with OpenBao's own command either; and what somebody widened is narrowed again."""
    before = ready.state()
    done = ready.run(command="bao")
    assert (done.returncode, done.stderr) == (0, "")
    assert ready.state() == before
    wide = {
        "role_type": "jwt",
        "bound_claims": {"sub": "*"},
        "bound_claims_type": "glob",
        "token_policies": ["acme-ci-apply", "acme-kill"],
        "token_no_default_policy": False,
        "token_bound_cidrs": [],
        "token_period": 3600,
    }
    role = f"auth/{names.ci_mount('acme')}/role/plan"
    ready.server.api.call("POST", role, wide)
    assert ready.state() != before
    assert ready.run().returncode == 0
    assert ready.state() == before


@pytest.mark.parametrize(
    ("purpose", "subject"),
    [("plan", PULL_REQUEST), ("plan", ENVIRONMENT), ("apply", ENVIRONMENT)],
)
def test_the_estates_jobs_log_in(ready: Ready, purpose: names.CiPurpose, subject: str) -> None:
    """For 15 minutes, an hour with all renewals, with one policy and not the default one."""
    api = ready.login(purpose, ready.token(subject))
    found = api.call("GET", "auth/token/lookup-self")["data"]
    assert found["policies"] == [names.ci_policy("acme", purpose)]
    assert (found["creation_ttl"], found["explicit_max_ttl"]) == (900, 3600)
    assert (found["type"], found["orphan"]) == ("service", True)
    api.call("POST", "auth/token/revoke-self")
    assert refused(api, "GET", "auth/token/lookup-self")


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "repo:acme/other:environment:production"},
        {"sub": "repo:acme/other:pull_request"},
        {"sub": "repo:acme/estate:environment:staging"},
        {"sub": "repo:acme/estate:ref:refs/heads/main"},
        {"sub": f"{ENVIRONMENT}-2"},
        {"sub": "repo:acme/estate:environment:*"},
        {"sub": None},
        {"aud": "sts.amazonaws.com"},
        {"aud": "vault://acme-2"},
        {"aud": None},
        {"iss": "https://token.actions.githubusercontent.com"},
        {"exp": 1_000_000_000},
    ],
    ids=str,
)
def test_no_other_job_logs_in(
    ready: Ready, purpose: names.CiPurpose, claims: dict[str, Any]
) -> None:
    """Nobody of another repository, environment, branch, audience or issuer."""
    with pytest.raises(ApiError):
        ready.login(purpose, ready.token(**{"subject": ENVIRONMENT, **claims}))


def test_a_pull_request_is_not_let_in_to_apply(ready: Ready) -> None:
    """Nor is anybody whose token another issuer signed, of the same certificate."""
    with pytest.raises(ApiError):
        ready.login("apply", ready.token(PULL_REQUEST))
    claims = {"sub": ENVIRONMENT, "aud": names.ci_audience("acme")}
    forged = {**claims, "iss": ready.issuer.url("ci")}
    for token in (ready.issuer.token("other", claims), ready.issuer.token("other", forged)):
        with pytest.raises(ApiError):
            ready.login("apply", token)


def test_apply_makes_what_a_cell_needs(ready: Ready, apply: Api) -> None:
    """Its runtimes log in; making it all again is no error; what it made it can take away."""
    for cell in ready.cells:
        ready.make(apply, cell)
        for place in (
            names.cell(cell.scope, ready.isolation),
            names.shared("acme", "EU", ready.isolation),
        ):
            for runtime in cell.runtimes:
                who = caller(cell, runtime)
                token = ready.issuer.token(who.tenant, who.token_claims())
                login = f"auth/{names.auth_mount(cell.scope, place)}/login"
                body = {"role": names.role(cell.scope, runtime.name), "jwt": token}
                nobody = ready.server.api.bearing("").within(place.namespace)
                auth = nobody.call("POST", login, body)["auth"]
                assert auth["policies"] == [names.policy(cell.scope, runtime.name, place)]
    cell = ready.cells[-1]
    place, (runtime, *_) = names.cell(cell.scope, ready.isolation), cell.runtimes
    within, login = apply.within(place.namespace), names.auth_mount(cell.scope, place)
    key = f"{names.transit_mount(place)}/keys/class-internal"
    within.call("POST", f"{key}/config", {"deletion_allowed": True})
    for path in (
        key,
        f"auth/{login}/role/{names.role(cell.scope, runtime.name)}",
        f"sys/policies/acl/{names.policy(cell.scope, runtime.name, place)}",
        f"sys/auth/{login}",
        f"sys/mounts/{names.kv_mount(place)}",
    ):
        within.call("DELETE", path)
    if place.namespace:
        path = f"sys/namespaces/{place.namespace}"
        apply.call("DELETE", path)
        until = time.monotonic() + 30
        # Vault takes it apart in the background; the provider waits, too.
        while apply.status(path) != 404:
            assert time.monotonic() < until
    ready.make(apply, cell)


def test_apply_may_send_what_the_provider_sends(ready: Ready, apply: Api) -> None:
    """The bodies of `vault_mount`, `_transit_secret_backend_key` and `_jwt_auth_backend`."""
    cell = ready.cells[0]
    place = names.cell(cell.scope, ready.isolation)
    within = apply.within(place.namespace)
    transit, login = names.transit_mount(place), names.auth_mount(cell.scope, place)
    tuned = {"default_lease_ttl": "0s", "max_lease_ttl": "0s", "options": {}, "description": "x"}
    mounted = {
        "description": "",
        "config": {"options": None, "default_lease_ttl": "0s", "force_no_cache": False},
        "local": False,
        "options": {},
        "seal_wrap": False,
        "external_entropy_access": False,
    }
    key = {"type": "aes256-gcm96", "derived": False, "convergent_encryption": False, "key_size": 0}
    configured = {
        "min_decryption_version": 1,
        "deletion_allowed": False,
        "exportable": False,
        "allow_plaintext_backup": False,
        "auto_rotate_period": 0,
    }
    within.call("DELETE", f"sys/mounts/{names.kv_mount(place)}")
    within.call("POST", f"sys/mounts/{names.kv_mount(place)}", {"type": "kv-v2", **mounted})
    within.call("POST", f"sys/mounts/{transit}/tune", tuned)
    within.call("PUT", f"{transit}/keys/class-internal", key)
    within.call("PUT", f"{transit}/keys/class-internal/config", configured)
    within.call("DELETE", f"sys/auth/{login}")
    within.call("POST", f"sys/auth/{login}", {"type": "jwt", **mounted})
    within.call("POST", f"sys/mounts/auth/{login}/tune", {**tuned, "token_type": "service"})
    ready.make(apply, cell)


def test_apply_makes_no_key_that_can_be_taken_out(ready: Ready, apply: Api) -> None:
    """Not when it makes one, not later; and no engine or login of another kind."""
    cell = ready.cells[0]
    place = names.cell(cell.scope, ready.isolation)
    within, keys = apply.within(place.namespace), f"{names.transit_mount(place)}/keys"
    for flag in ("exportable", "allow_plaintext_backup"):
        for value in (True, "true", 1, "1"):
            for path in (f"{keys}/class-new", f"{keys}/class-internal/config"):
                assert refused(within, "POST", path, {flag: value}), (path, value)
    login = names.auth_mount(cell.scope, place)
    assert refused(within, "POST", f"sys/mounts/{names.kv_mount(place)}", {"type": "pki"})
    assert refused(within, "POST", f"sys/auth/{login}", {"type": "userpass"})
    shown = {"audit_non_hmac_response_keys": ["plaintext"]}
    assert refused(within, "POST", f"sys/mounts/{names.transit_mount(place)}/tune", shown)
    if place.namespace:
        seals = {"seals": [{"type": "shamir", "secret_shares": 1, "secret_threshold": 1}]}
        assert refused(apply, "POST", f"sys/namespaces/{place.namespace}", seals)


def concrete(rule: Rule, cell: Cell, place: names.Place) -> str:
    """A path that a request could have, in a cell's place."""
    runtime = cell.runtimes[0].name
    return (
        rule.path.replace("/keys/+", "/keys/class-internal")
        .replace("/role/+", f"/role/{names.role(cell.scope, runtime)}")
        .replace("/acl/acme-*", f"/acl/{names.policy(cell.scope, runtime, place)}")
    )


def test_plan_reads_what_apply_made(ready: Ready, plan: Api) -> None:
    """Everything that Terraform refreshes in every cell, and nothing can be changed."""
    read = 0
    for cell in ready.cells:
        place = names.cell(cell.scope, ready.isolation)
        for rule in rules(ready.estate, "EU"):
            if place.label not in rule.path:
                continue
            path = concrete(rule, cell, place)
            changes = set(may(plan, path)[path]) - {"read", "deny"}
            assert not changes, path
            for method in ("POST", "DELETE"):
                assert refused(plan, method, path, {} if method == "POST" else None), path
            if rule.plan:
                plan.call("GET", path)
                read += 1
    assert read >= 6 * len(ready.cells)


def forbidden(ready: Ready) -> Iterator[str]:
    """What neither login may do anything with, from the root namespace."""
    for place in places(ready):
        kv, transit = names.kv_mount(place), names.transit_mount(place)
        for path in (
            f"{kv}/data/runtimes/analyst/database",
            f"{kv}/metadata/runtimes/analyst/database",
            f"{kv}/config",
            *(
                f"{transit}/{action}/{key}"
                for key in ("class-internal", "signing")
                for action in (
                    *("encrypt", "decrypt", "rewrap", "datakey/plaintext", "sign", "verify"),
                    *("hmac", "export/encryption-key", "export/signing-key", "backup", "restore"),
                )
            ),
            f"{transit}/keys/class-internal/rotate",
            f"{transit}/keys/class-internal/trim",
            f"{transit}/keys/class-new/import",
            f"{transit}/cache-config",
        ):
            yield full(place, path)
        if place.namespace:
            yield from (
                full(place, path)
                for path in (
                    *("auth/token/create", "auth/token/create-orphan", "auth/token/roles/x"),
                    *("auth/userpass/users/x", "sys/auth/userpass", "sys/mounts/other"),
                    *("sys/namespaces/x", "sys/policies/acl/x", "sys/remount"),
                    *("identity/entity", "identity/group", "sys/leases/lookup/x"),
                )
            )
            yield f"sys/namespaces/{place.namespace}/seal"
            yield f"sys/namespaces/api-lock/lock/{place.namespace}"
    ci = names.ci_mount("acme")
    yield from (
        f"auth/{ci}/config",
        f"auth/{ci}/role/plan",
        f"auth/{ci}/role/apply",
        f"auth/{ci}/role/x",
        f"sys/auth/{ci}",
        f"sys/mounts/auth/{ci}",
        f"sys/mounts/auth/{ci}/tune",
        "sys/policies/acl/acme-ci-plan",
        "sys/policies/acl/acme-ci-apply",
        "sys/policies/acl/acme-kill",
        "sys/policies/acl/acme-drift",
        "sys/policies/acl/acme-x",
        "sys/policies/acl/x",
        "sys/policies/acl/default",
        "sys/policy/acme-ci-apply",
        "auth/token/create",
        "auth/token/create-orphan",
        "auth/token/create/x",
        "auth/token/roles/x",
        "auth/token/lookup",
        "auth/token/accessors",
        "auth/token/revoke",
        "sys/audit",
        "sys/audit/file",
        "sys/audit-hash/file",
        "sys/seal",
        "sys/step-down",
        "sys/rotate",
        "sys/raw/core",
        "sys/remount",
        "sys/mounts",
        "sys/auth",
        "sys/namespaces",
        "sys/namespaces/other",
        "sys/namespaces/acme-eu-cell",
        "acme-eu-cell/sys/mounts/kv",
        "other/sys/mounts/kv",
        "other/sys/policies/acl/acme-x",
        "sys/mounts/acme-eu-cell/kv",
        "sys/mounts/secret",
        "sys/auth/userpass",
        "sys/storage/raft/snapshot",
        "sys/storage/raft/configuration",
        "sys/leases/lookup/auth",
        "sys/leases/revoke-prefix/auth",
        "sys/plugins/catalog/secret/x",
        "sys/config/auditing/request-headers/x",
        "sys/quotas/rate-limit/x",
        "sys/tools/random",
        "identity/entity",
        "identity/group",
        "identity/oidc/key/x",
        "cubbyhole/x",
        "secret/data/x",
    )


@pytest.mark.parametrize("purpose", PURPOSES)
def test_neither_may_do_what_no_stack_needs(
    ready: Ready, purpose: names.CiPurpose, plan: Api, apply: Api
) -> None:
    """Use secrets or keys, make tokens, reach its own trust, other places, or the cluster."""
    api = plan if purpose == "plan" else apply
    found = may(api, *forbidden(ready))
    assert {path: allowed for path, allowed in found.items() if allowed != ["deny"]} == {}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_neither_does_it(ready: Ready, purpose: names.CiPurpose, plan: Api, apply: Api) -> None:
    """The server refuses the requests themselves, whatever it says of capabilities."""
    api = plan if purpose == "plan" else apply
    for path in forbidden(ready):
        for method in ("GET", "LIST", "POST", "DELETE"):
            assert refused(api, method, path, {} if method == "POST" else None), (method, path)
    place = places(ready)[0]
    within, transit = api.within(place.namespace), names.transit_mount(place)
    assert refused(within, "POST", f"{transit}/encrypt/class-internal", {"plaintext": "YQ=="})
    secret = f"{names.kv_mount(place)}/data/runtimes/analyst/database"
    assert refused(within, "POST", secret, {"data": {"password": "x"}})
    assert refused(
        api, "POST", "auth/token/create", {"policies": [names.ci_policy("acme", "plan")]}
    )


@pytest.mark.parametrize("ready", ["prefix"], indirect=True)
def test_without_namespaces_apply_gives_itself_nothing(ready: Ready, apply: Api) -> None:
    """It writes the estate's policies word by word, and its roles give no others."""
    cell = ready.cells[0]
    runtime = cell.runtimes[0]
    place = names.cell(cell.scope, "prefix")
    policy = names.policy(cell.scope, runtime.name, place)
    path = f"sys/policies/acl/{policy}"
    text = policy_text(cell_paths(place, runtime))
    apply.call("PUT", path, {"policy": text})
    wide = 'path "*" { capabilities = ["sudo"] }'
    for body in ({"policy": wide}, {"policy": f"{text}\n{wide}"}, {"rules": wide}):
        assert refused(apply, "PUT", path, body), body
    who = caller(cell, runtime).workload
    role = f"auth/{names.auth_mount(cell.scope, place)}/role"
    named = f"{role}/{names.role(cell.scope, runtime.name)}"
    good = role_document(who, policy, LOOPBACK, Lease())
    apply.call("POST", named, good)
    for token_policies in (
        ["acme-ci-apply"],
        [policy, "acme-kill"],
        "acme-kill",
        [],
        [names.policy(cell.scope, cell.runtimes[-1].name, place)],
    ):
        assert refused(apply, "POST", named, {**good, "token_policies": token_policies})
        assert refused(apply, "POST", named, {"Token_Policies": token_policies})
    assert refused(apply, "POST", named, {**good, "policies": [policy]})
    assert refused(apply, "POST", f"{role}/other", good)
    held = apply.call("GET", named)["data"]
    assert held["token_policies"] == [policy]
    assert apply.call("GET", path)["data"]["policy"] == text


def test_gate_signs_with_the_cores_key_and_does_nothing_else(ready: Ready, apply: Api) -> None:
    """Its public halves are there to read; no other key is, and this one can't be changed."""
    core = names.cell(ready.estate.core_scope, ready.isolation)
    within, transit = open_place(apply, core), names.transit_mount(core)
    mount(within, transit, "transit")
    add_key(within, core, names.SIGNING_KEY, "ed25519")
    add_key(within, core, "other", "ed25519")
    with pytest.raises(ApiError):
        ready.login("gate", ready.token(PULL_REQUEST))
    gate = ready.login("gate", ready.token()).within(core.namespace)
    signed = gate.call("POST", f"{transit}/sign/{names.SIGNING_KEY}", {"input": "YQ=="})
    assert signed["data"]["signature"].startswith("vault:v1:")
    assert gate.call("GET", f"{transit}/keys/{names.SIGNING_KEY}")["data"]["type"] == "ed25519"
    for method, path in (
        ("POST", f"{transit}/sign/other"),
        ("POST", f"{transit}/keys/{names.SIGNING_KEY}/rotate"),
        ("POST", f"{transit}/keys/{names.SIGNING_KEY}/config"),
        ("GET", f"{transit}/export/signing-key/{names.SIGNING_KEY}"),
        ("GET", f"{transit}/keys/other"),
        ("DELETE", f"{transit}/keys/{names.SIGNING_KEY}"),
    ):
        assert refused(gate, method, path, {}), path
    for purpose in PURPOSES:
        other = ready.login(purpose, ready.token()).within(core.namespace)
        assert refused(other, "POST", f"{transit}/sign/{names.SIGNING_KEY}", {"input": "YQ=="})


def test_the_core_signs_in_its_own_jurisdiction_alone(ready: Ready) -> None:
    """In other clusters nobody is let in to sign."""
    text = {name: "\n".join(vault.commands(ready.estate, [name])) for name in ("EU", "US")}
    assert "acme-ci-gate" in text["EU"]
    assert "gate" not in text["US"]


@pytest.mark.parametrize("ready", ["namespace"], indirect=True)
def test_with_namespaces_apply_owns_a_cell_and_no_more(ready: Ready, apply: Api) -> None:
    """A policy and a role that it makes there hold there alone."""
    cell, other = ready.cells[0], ready.cells[1]
    place = names.cell(cell.scope, "namespace")
    beside = names.cell(other.scope, "namespace")
    within = apply.within(place.namespace)
    paths = ("*", "+/*", f"{beside.namespace}/*", "../*")
    wide = "\n".join(f'path "{each}" {{ capabilities = ["read", "sudo"] }}' for each in paths)
    within.call("PUT", "sys/policies/acl/acme-wide", {"policy": wide})
    runtime = cell.runtimes[0]
    who = caller(cell, runtime)
    mounted = f"auth/{names.auth_mount(cell.scope, place)}"
    role = role_document(who.workload, "acme-wide", LOOPBACK, Lease())
    within.call("POST", f"{mounted}/role/wide", role)
    token = ready.issuer.token(who.tenant, who.token_claims())
    nobody = within.bearing("")
    login = nobody.call("POST", f"{mounted}/login", {"role": "wide", "jwt": token})
    inside = nobody.bearing(login["auth"]["client_token"])
    assert inside.call("GET", "sys/mounts")["data"]
    for outside in ("", beside.namespace, names.shared("acme", "EU", "namespace").namespace):
        assert refused(inside.within(outside), "GET", "sys/mounts")
        assert not outside or inside.status(f"{outside}/sys/mounts") != 200
    within.call("DELETE", f"{mounted}/role/wide")
    within.call("DELETE", "sys/policies/acl/acme-wide")


def test_jobs_come_from_the_addresses_of_ci_alone(ready: Ready) -> None:
    """Where the estate names any; without them again, from anywhere."""
    ci = ready.estate.spec.ci
    assert ci is not None
    bound = ci.model_copy(update={"addresses": (IPv4Network("8.8.8.0/24"),)})
    narrow = replace(ready, estate=changed(ready.estate, isolation=ready.isolation, ci=bound))
    assert narrow.run().returncode == 0
    try:
        for purpose in PURPOSES:
            with pytest.raises(ApiError):
                ready.login(purpose, ready.token())
    finally:
        assert ready.run().returncode == 0
    ready.login("plan", ready.token())


def test_the_policy_of_who_kills_is_the_runbooks(ready: Ready) -> None:
    """What is written is what the runbook shows; nobody holds it."""
    held = ready.server.api.call("GET", f"sys/policies/acl/{names.kill_policy('acme')}")["data"]
    assert held["policy"].strip() == kill_policy(ready.isolation).strip()
    runbook = (ROOT / "docs" / "runbooks" / "kill.md").read_text(encoding="utf-8")
    assert f"```hcl\n{kill_policy('namespace')}```" in runbook


def test_the_script_is_one_that_a_shell_reads() -> None:
    """It has no syntax errors, stops at the first command that fails, and has every cluster."""
    done = asked(EXAMPLE, "--commands", "vault")
    assert (done.returncode, done.stderr) == (0, "")
    text = done.stdout
    assert text.startswith("set -euo pipefail\n")
    checked = subprocess.run(
        ["bash", "-n"], input=text, text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    for address in load_estate(EXAMPLE).spec.vault.clusters.values():
        assert f"export VAULT_ADDR={address}\n" in text


def fake(folder: Path, script: str, *only: str, **variables: str) -> tuple[int, str, str]:
    """Run the script of the example estate with a `vault` that is a script."""
    client = folder / "vault"
    client.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    client.chmod(0o755)
    done = subprocess.run(
        ["bash"],
        input="\n".join(vault.commands(load_estate(EXAMPLE), only)),
        env={"PATH": f"{folder}:/usr/bin:/bin", **variables},
        text=True,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_an_audit_log_is_enabled_where_there_is_none(tmp_path: Path) -> None:
    """And nothing else is done as long as nobody says where it shall lie."""
    script = f'echo "$VAULT_TOKEN $VAULT_CACERT $*"; {READ}; [ "$1 $2" != "audit list" ]'
    code, out, error = fake(tmp_path, script, "EU", VAULT_TOKEN="one", VAULT_CACERT="/ca.pem")
    assert (code, out) != (0, "")
    assert "VAULT_AUDIT_FILE: set it to a path on the servers" in error
    code, out, error = fake(
        tmp_path, script, "EU", VAULT_TOKEN="one", VAULT_AUDIT_FILE="/var/log/audit log"
    )
    assert (code, error) == (0, "")
    assert "one  audit enable file file_path=/var/log/audit log\n" in out
    code, out, _ = fake(tmp_path, f'echo "$*"; {READ}', "EU", VAULT_TOKEN="one")
    assert code == 0
    assert "audit enable" not in out


@pytest.mark.parametrize("ready", ["namespace"], indirect=True)
def test_openbao_takes_audit_logs_from_its_configuration_alone(
    ready: Ready, tmp_path: Path
) -> None:
    """So the commands enable none there; and no secret of a login stands in the one it has."""
    device = {"type": "file", "options": {"file_path": str(tmp_path / "log")}}
    answer = ready.server.api._send("PUT", "sys/audit/another", device)
    assert answer.status_code == 400
    assert "cannot enable audit device via API" in answer.text
    assert list(ready.server.api.call("GET", "sys/audit")["data"]) == ["file/"]
    token = ready.token()
    api = ready.login("plan", token)
    log = ready.server.audit.read_text(encoding="utf-8")
    assert names.ci_mount("acme") in log
    assert token not in log
    assert api._token not in log


def test_a_token_is_shown_to_its_own_cluster_alone(tmp_path: Path) -> None:
    """With more clusters than one, `VAULT_TOKEN` serves none of them."""
    script = 'echo "$VAULT_ADDR $VAULT_TOKEN ${VAULT_NAMESPACE-none}"; ' + READ
    code, out, error = fake(tmp_path, script, VAULT_TOKEN="one", VAULT_NAMESPACE="x")
    assert (code, out) == (1, "")
    assert "set it to a token that administers the cluster of" in error
    clusters = load_estate(EXAMPLE).spec.vault.clusters
    tokens = {f"VAULT_TOKEN_{name.replace('-', '_')}": f"of-{name}" for name in clusters}
    code, out, error = fake(tmp_path, script, VAULT_NAMESPACE="x", **tokens)
    assert (code, error) == (0, "")
    assert set(out.splitlines()) == {
        f"{address} of-{name} none" for name, address in clusters.items()
    }


def test_without_ci_there_is_nobody_to_trust() -> None:
    """The line says what to add."""
    done = asked(ESTATE, "--commands", "vault")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "error: the estate has no CI that Vault could trust; found no ci; allowed: "
        "ci: {repository: <owner>/<name>, environment: <name>}; fix: add it to the estate's file: "
        "Terraform logs in to Vault by the CI job's token\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--commands", "vault", "--jurisdiction", "XX"),
            "no Vault cluster of such a jurisdiction",
        ),
        (("--commands", "vault", "--account", "platform"), "--account means nothing here"),
        (("--commands", "gcp", "--jurisdiction", "EU"), "--jurisdiction means nothing here"),
        (("--jurisdiction", "EU"), "--jurisdiction means nothing here"),
    ],
)
def test_what_is_not_meant_is_refused(words: tuple[str, ...], said: str) -> None:
    """The line names what is allowed, and nothing is printed or made."""
    done = asked(EXAMPLE, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {said}")
