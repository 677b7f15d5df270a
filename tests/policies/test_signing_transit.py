"""Records and bundles signed by a transit key of Vault, on a real OpenBao server."""

import base64
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from support.transit import Core, core, estate_at

from agent_studio.delivery.bootstrap.vault_rules import ci_role_document, policy_document, rules
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import vault as names
from agent_studio.policies import Stage, Verdict, bundle, record, signing
from agent_studio.policies.bundle.release import load_signed, release
from agent_studio.policies.signing.transit.export import export
from agent_studio.policies.signing.transit.reference import parts, resolve
from agent_studio.rehearsal.vault import issuer as issuers
from agent_studio.rehearsal.vault.cells import Trust, add_issuer
from agent_studio.rehearsal.vault.issuer import Issuer
from agent_studio.rehearsal.vault.server import Server, running

STACK = "cell-example"
VERDICT = Verdict(verdict="allow", findings=(), stages={STACK: Stage.PLAN})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One OpenBao server; each test has a place of its own in it."""
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, server or token of the developer's own."""
    for name in list(os.environ):
        if name.startswith(("VAULT_", "TERRAFORM_VAULT_", "STUDIO_SIGNING", "STUDIO_TRUSTED")):
            monkeypatch.delenv(name)


@pytest.fixture
def own(server: Server, tmp_path: Path) -> Core:
    """A core with its signing key."""
    return core(server, tmp_path)


def become(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], **more: str) -> None:
    """Set variables."""
    for name, value in {**variables, **more}.items():
        monkeypatch.setenv(name, value)


def written(own: Core, folder: Path) -> tuple[Path, Path]:
    """A record that is signed as the environment says, and its plan file."""
    plan_file = folder / "plan.bin"
    plan_file.write_bytes(b"a plan")
    path = folder / "state" / "gate" / f"{STACK}.json"
    record.write(
        path,
        stack=STACK,
        digest="d1",
        plan_file=plan_file,
        verdict=VERDICT,
        tools={"checkov": "3"},
        estate_file=own.estate_file,
    )
    return path, plan_file


def read(own: Core, path: Path) -> record.Record:
    """Read a record as `studio apply` does."""
    return record.read_and_verify(
        path,
        stack=STACK,
        digest="d1",
        plan_file=path.parents[2] / "plan.bin",
        terms=record.Terms(estate_file=own.estate_file),
    )


def refused(own: Core, path: Path) -> str:
    """The line with which a record is refused."""
    with pytest.raises(StudioError) as caught:
        read(own, path)
    assert caught.value.exit_code is ExitCode.DENIED
    return caught.value.line


def exported(own: Core, folder: Path) -> dict[int, Path]:
    """The public halves, as `studio policy keys` writes them."""
    return export(resolve("vault:", estate_file=own.estate_file), folder).files


@pytest.mark.parametrize("isolation", ["namespace", "prefix"])
def test_a_record_is_signed_in_vault_and_verified_live_and_offline(
    server: Server, tmp_path: Path, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core's key signs; Vault tells whose signatures count, or exported public halves do."""
    own = core(server, tmp_path, isolation=isolation)
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    path, _ = written(own, tmp_path)
    assert not (tmp_path / "state" / "keys").exists()
    live = read(own, path)
    become(monkeypatch, own.reader())
    assert read(own, path).key_id == live.key_id
    files = exported(own, tmp_path / "policies" / "keys")
    assert [file.name for file in files.values()] == [f"{own.path.replace('/', '-')}-v1.pub"]
    monkeypatch.delenv("VAULT_TOKEN")
    monkeypatch.setenv("STUDIO_TRUSTED_KEYS", str(tmp_path / "policies" / "keys"))
    assert read(own, path).key_id == live.key_id
    monkeypatch.delenv("STUDIO_TRUSTED_KEYS")
    assert read(own, path).key_id == live.key_id


def test_the_key_can_be_named_in_full(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Namespace, mount and key in one path, or the namespace in VAULT_NAMESPACE: the same key."""
    become(monkeypatch, own.gate(), VAULT_ADDR=own.server.address + "/")
    monkeypatch.setenv("STUDIO_SIGNING_KEY", "vault:")
    computed = signing.signer(tmp_path, estate_file=own.estate_file).public_key.keyid
    monkeypatch.setenv("STUDIO_SIGNING_KEY", f"vault:{own.path}")
    assert signing.signer(tmp_path).public_key.keyid == computed
    become(
        monkeypatch,
        {"VAULT_NAMESPACE": own.place.namespace, "STUDIO_SIGNING_KEY": "vault:transit/signing"},
    )
    assert signing.signer(tmp_path).public_key.keyid == computed


def test_an_envelope_does_not_tell_where_its_key_lies(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Form, key id and signature are those of a local key; any DSSE library verifies them."""
    local = json.loads(signing.seal(b"{}\n", "text/x", signing.signer(tmp_path)))
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:")
    signer = signing.signer(tmp_path, estate_file=own.estate_file)
    content = signing.seal(b"{}\n", "text/x", signer)
    assert content == signing.seal(b"{}\n", "text/x", signer)
    inner = json.loads(content)
    assert content == signing.canonical(inner)
    assert inner.keys() == local.keys()
    assert inner["payload"] == local["payload"]
    (one,), (other,) = inner["signatures"], local["signatures"]
    assert {name: len(value) for name, value in one.items()} == {
        name: len(value) for name, value in other.items()
    }
    (file,) = exported(own, tmp_path / "keys").values()
    public = serialization.load_pem_public_key(file.read_bytes())
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(base64.b64decode(one["sig"]), b"DSSEv1 6 text/x 3 {}\n")
    assert signing.trust([file], origin="x").ids == (one["keyid"],)


def test_a_bundle_is_signed_in_vault(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its manifest verifies live and by the exported public half."""
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    signer = signing.signer(tmp_path, estate_file=own.estate_file)
    path = tmp_path / "b.tar"
    made = release(bundle.present().archive, version="1.0.0", path=path, signer=signer)
    trust = signing.trusted(tmp_path, estate_file=own.estate_file)
    assert load_signed(path, trust)[1] == made
    exported(own, tmp_path / "keys")
    offline = signing.trust([tmp_path / "keys"], origin="x")
    assert load_signed(path, offline)[1].key_id == made.key_id


def test_records_verify_across_rotations(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a rotation the latest version signs, and what older ones signed verifies as before."""
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    first, _ = written(own, tmp_path)
    old = first.rename(first.with_name("old.json"))
    own.rotate()
    new, _ = written(own, tmp_path)
    ids = signing.trusted(tmp_path, estate_file=own.estate_file).ids
    assert (read(own, old).key_id, read(own, new).key_id) == ids
    exported(own, tmp_path / "keys")
    monkeypatch.setenv("STUDIO_TRUSTED_KEYS", str(tmp_path / "keys"))
    assert (read(own, old).key_id, read(own, new).key_id) == ids


def test_keys_exported_before_a_rotation_do_not_know_the_new_version(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the public halves are written again, new records are refused; old files stay."""
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:")
    keys = tmp_path / "policies" / "keys"
    before = {path: path.read_bytes() for path in exported(own, keys).values()}
    own.rotate()
    path, _ = written(own, tmp_path)
    assert "is not trusted" in refused(own, path)
    exported(own, keys)
    assert read(own, path).verdict == "allow"
    assert len(list(keys.iterdir())) == 2
    assert all(path.read_bytes() == content for path, content in before.items())


def test_what_an_archived_version_signed_is_refused_live(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vault no longer tells its public half; the error says so. An exported half still counts."""
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    path, _ = written(own, tmp_path)
    key = read(own, path).key_id
    (kept,) = exported(own, tmp_path / "keys").values()
    own.rotate()
    own.archive_below(2)
    (latest,) = signing.trusted(tmp_path, estate_file=own.estate_file).ids
    assert refused(own, path) == (
        f"no gate record allows the plan of {STACK}; found {STACK}.json is signed by key {key},"
        f" which is not trusted; allowed: {latest} from $STUDIO_TRUSTED_KEYS (version 2 of"
        f" vault:{own.path} at {own.server.address}, where version 1 is archived); fix: have a"
        " trusted key sign; if an archived version signed it in its time, trust the public half"
        " that `studio policy keys` wrote then"
    )
    own.rotate()
    own.archive_below(3)
    assert "(version 3 of " in refused(own, path)
    assert "where versions 1 to 2 are archived" in refused(own, path)
    monkeypatch.setenv("STUDIO_TRUSTED_KEYS", f"{kept}{os.pathsep}vault:")
    assert read(own, path).key_id == key
    own.archive_below(1)
    monkeypatch.setenv("STUDIO_TRUSTED_KEYS", "vault:")
    assert read(own, path).key_id == key


def test_a_rotation_between_reading_and_signing_changes_nothing(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version that was read signs, under its own key id."""
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    signer = signing.signer(tmp_path, estate_file=own.estate_file)
    own.rotate()
    content = signing.seal(b"{}\n", "text/x", signer)
    trust = signing.trusted(tmp_path, estate_file=own.estate_file)
    assert signing.unseal(content, "text/x", trust, name="x").key_id == trust.ids[0]


def test_a_key_of_another_type_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signing and trusting alike want Ed25519, and name what they found."""
    own = core(server, tmp_path, kind="ecdsa-p256")
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    line = (
        f"the transit key can't sign gate records; found type ecdsa-p256, vault:{own.path} at"
        f" {server.address}; allowed: type ed25519, not derived; fix: make another:"
        f" `vault write -namespace={own.place.namespace} -f transit/keys/NAME type=ed25519`, and"
        " name that"
    )
    for ask in (signing.signer, signing.trusted):
        with pytest.raises(StudioError) as caught:
            ask(tmp_path, estate_file=own.estate_file)
        assert caught.value.line == line


def test_a_derived_key_is_refused(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its public half depends on a context, so it has none to tell."""
    own.api.call("POST", "transit/keys/derived", {"type": "ed25519", "derived": True})
    become(
        monkeypatch,
        own.variables(("keys/derived", "read")),
        VAULT_ADDR=own.server.address,
        STUDIO_SIGNING_KEY=f"vault:{own.place.namespace}/transit/derived",
    )
    with pytest.raises(StudioError, match="can't sign gate records; found a derived key"):
        signing.signer(tmp_path)


def test_a_key_that_is_not_there_is_named(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong key, mount or namespace is one line with the command that makes the key."""
    become(
        monkeypatch,
        own.variables(("*", "read")),
        VAULT_ADDR=own.server.address,
        VAULT_NAMESPACE=own.place.namespace,
        STUDIO_SIGNING_KEY="vault:transit/sining",
    )
    with pytest.raises(StudioError) as caught:
        signing.signer(tmp_path)
    assert caught.value.line == (
        f"Vault has no such key; found vault:{own.place.namespace}/transit/sining at"
        f" {own.server.address}; fix: correct the key's name, or make it: `vault write"
        f" -namespace={own.place.namespace} -f transit/keys/sining type=ed25519`"
    )


def test_a_token_that_may_not_is_told_what_it_lacks(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An auditor's token reads but does not sign; one with no rights does neither."""
    become(monkeypatch, own.reader(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    with pytest.raises(StudioError) as caught:
        written(own, tmp_path)
    assert caught.value.line == (
        f"Vault does not let this token sign; found vault:{own.path} at {own.server.address}, by"
        f" VAULT_TOKEN; allowed: a token that holds, with `update` on {own.place.namespace}/transit"
        "/sign/signing; fix: log in again, or add the path to the token's policy"
    )
    assert not (tmp_path / "state").exists()
    become(monkeypatch, own.variables(("keys/other", "read")))
    with pytest.raises(StudioError, match=r"let this token read the key; .*with `read` on") as told:
        signing.trusted(tmp_path, estate_file=own.estate_file)
    assert told.value.exit_code is ExitCode.DENIED


def test_a_sealed_vault_signs_and_trusts_nothing(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealed, then stopped: each is one line, nothing is written, no other key takes its place."""
    signing.signer(tmp_path / "state")
    become(monkeypatch, own.gate(), STUDIO_SIGNING_KEY="vault:", STUDIO_TRUSTED_KEYS="vault:")
    path, _ = written(own, tmp_path)
    kept = path.read_bytes()
    keys = tmp_path / "keys"
    exported(own, keys)
    server = own.server
    server.seal()
    try:
        sealed = (
            f"Vault is sealed, or has no active node; found {server.address}; "
            "fix: unseal it, then run the command again"
        )
        with pytest.raises(StudioError) as caught:
            written(own, tmp_path)
        assert caught.value.line == sealed
        assert refused(own, path) == sealed
        monkeypatch.setenv("STUDIO_TRUSTED_KEYS", f"{keys}{os.pathsep}vault:")
        assert refused(own, path) == sealed
        monkeypatch.setenv("STUDIO_TRUSTED_KEYS", str(keys))
        assert read(own, path).verdict == "allow"
        server.stop(at_once=True)
        with pytest.raises(StudioError) as caught:
            written(own, tmp_path)
        assert caught.value.line == (
            f"Vault can't be reached; found {server.address}: it refused the connection; "
            "fix: see that the address is right and can be reached from here"
        )
    finally:
        server.stop(at_once=True)
        server.start()
        server.unseal()
    assert path.read_bytes() == kept


def test_a_server_of_another_authority_gets_no_token(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without VAULT_CACERT the system's authorities count, and nothing switches that off."""
    become(
        monkeypatch,
        own.gate(),
        STUDIO_SIGNING_KEY="vault:",
        VAULT_SKIP_VERIFY="true",
        REQUESTS_CA_BUNDLE=str(own.server.authority),
    )
    monkeypatch.delenv("VAULT_CACERT")
    with pytest.raises(StudioError) as caught:
        signing.signer(tmp_path, estate_file=own.estate_file)
    assert caught.value.line.startswith(
        f"Vault can't be reached; found {own.server.address}: its certificate is not trusted ("
    )
    assert caught.value.fix == "name the authority that signed it in VAULT_CACERT"


def test_the_public_halves_are_written_once_and_never_replaced(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that holds another key is an error, before anything is written."""
    become(monkeypatch, own.gate())
    own.rotate()
    keys = tmp_path / "keys"
    keys.mkdir()
    other = keys / f"{own.path.replace('/', '-')}-v2.pub"
    other.write_text("something else")
    with pytest.raises(StudioError) as caught:
        exported(own, keys)
    assert caught.value.line.startswith(
        f"a file holds another key than Vault does; found {other}; fix: "
    )
    assert [path.name for path in keys.iterdir()] == [other.name]
    other.unlink()
    other.symlink_to(tmp_path / "gone")
    with pytest.raises(StudioError, match="a file holds another key"):
        exported(own, keys)


@pytest.mark.parametrize("isolation", ["namespace", "prefix"])
def test_a_job_of_the_ci_signs_by_its_own_token(
    server: Server, tmp_path: Path, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login that `studio bootstrap` makes for the gate signs and reads; one serves all."""
    own = core(server, tmp_path, isolation=isolation)
    with issuers.running(tmp_path / "ci") as issuer:
        log_in = let_ci_in(own, issuer)
        become(monkeypatch, {"TERRAFORM_VAULT_AUTH_JWT": log_in()})
        become(monkeypatch, {"VAULT_CACERT_EU": str(server.authority)})
        become(monkeypatch, {"VAULT_ADDR": "https://vault.us.example"})
        become(monkeypatch, {"STUDIO_SIGNING_KEY": "vault:", "STUDIO_TRUSTED_KEYS": "vault:"})
        path, _ = written(own, tmp_path)
    # Nobody tells Vault the issuer's keys any more: the login holds.
    assert read(own, path).verdict == "allow"
    written(own, tmp_path)


def test_a_job_that_may_not_sign_is_refused(
    own: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull request's token is not the gate's; the line names the role, not the token."""
    with issuers.running(tmp_path / "ci") as issuer:
        token = let_ci_in(own, issuer)("repo:acme/estate:pull_request")
        become(monkeypatch, {"TERRAFORM_VAULT_AUTH_JWT": token, "STUDIO_SIGNING_KEY": "vault:"})
        become(monkeypatch, {"VAULT_CACERT": str(own.server.authority)})
        with pytest.raises(StudioError) as caught:
            signing.signer(tmp_path, estate_file=own.estate_file)
    mount = names.ci_mount(load_estate(own.estate_file).studio)
    assert caught.value.line == (
        "Vault does not take the token of the CI's job; found role gate of"
        f" auth/{mount} at {own.server.address}; allowed: in TERRAFORM_VAULT_AUTH_JWT, the token of"
        " a job of the protected environment; fix: have the job ask for it anew, with the estate's"
        " audience; see docs/how-to/prepare-vault.md"
    )
    assert caught.value.__context__ is None


def test_a_token_comes_before_a_jobs_login(tmp_path: Path) -> None:
    """Who sets a token is asked for no other; without a CI in the estate a job's counts nothing."""
    estate_file = estate_at(tmp_path, "https://vault.eu.example:8200")
    job = {"TERRAFORM_VAULT_AUTH_JWT": "job"}
    both = resolve("vault:", estate_file=estate_file, environment={**job, "VAULT_TOKEN": "t"})
    assert (both.token, both.login) == ("t", None)
    alone = resolve("vault:", estate_file=estate_file, environment=job)
    assert (alone.token, alone.login and alone.login.jwt) == ("", "job")
    assert "job" not in repr(alone)
    estate_file.write_text(estate_file.read_text().partition("ci:")[0])
    with pytest.raises(StudioError, match="there is no token for Vault"):
        resolve("vault:", estate_file=estate_file, environment=job)


def let_ci_in(own: Core, issuer: Issuer) -> Callable[..., str]:
    """Make the gate's login as `studio bootstrap` does; gives tokens of jobs by their subject."""
    estate = load_estate(own.estate_file)
    assert estate.spec.ci is not None
    studio, api = estate.studio, own.server.api
    mount = names.ci_mount(studio)
    add_issuer(api, mount, Trust(issuer=issuer.url("ci"), authority=issuer.authority))
    policy = policy_document(rules(estate, "EU"), "gate")
    api.call("PUT", f"sys/policies/acl/{names.ci_policy(studio, 'gate')}", {"policy": policy})
    role = ci_role_document(studio, estate.spec.ci, "gate")
    api.call("POST", f"auth/{mount}/role/{names.ci_role(studio, 'gate')}", role)

    def token(subject: str = "repo:acme/estate:environment:production") -> str:
        return issuer.token("ci", {"sub": subject, "aud": names.ci_audience(studio)})

    return token


@pytest.mark.parametrize(
    ("variables", "spelled", "line"),
    [
        ({}, "vault:", "there is no token for Vault; found no VAULT_TOKEN_EU or VAULT_TOKEN;"),
        (
            {"VAULT_TOKEN": "t", "VAULT_ADDR": "https://vault.us.example:8200"},
            "vault:",
            "VAULT_ADDR names another server than the estate does for the core's key;"
            " found https://vault.us.example:8200; allowed: https://vault.eu.example:8200;"
            " fix: set VAULT_TOKEN_EU for the core's cluster, or correct VAULT_ADDR",
        ),
        ({"VAULT_TOKEN": "t"}, "vault:a/b", "the server of vault:a/b is not named; found no VAULT"),
        (
            {"VAULT_TOKEN_EU": "t", "VAULT_ADDR": "https://v.example"},
            "vault:a/b",
            "there is no token for Vault; found no VAULT_TOKEN;",
        ),
        (
            {"VAULT_TOKEN": "t", "VAULT_ADDR": "http://v.example:8200"},
            "vault:a/b",
            "Vault's address is none that is used; found http://v.example:8200;"
            " allowed: https://<host>:<port>; fix: correct VAULT_ADDR",
        ),
        (
            {"VAULT_TOKEN": "t", "VAULT_ADDR": "https://user:hunter2@v.example"},
            "vault:a/b",
            "Vault's address is none that is used; found https://v.example;",
        ),
        *(
            (
                {"VAULT_TOKEN": "t", "VAULT_ADDR": address},
                "vault:a/b",
                f"Vault's address is none that is used; found {shown}; allowed: https://",
            )
            for address, shown in {
                "https://v.example?": "https://v.example",
                "https://v.example/v1": "https://v.example",
                "https://v.example\n": "https://v.example",
                "https://v.example:x": "no address",
                "v.example": "no address",
            }.items()
        ),
        ({"VAULT_TOKEN": "a b"}, "vault:", "VAULT_TOKEN holds no token; found white space"),
        (
            {"VAULT_TOKEN": "t", "VAULT_CACERT": "/nowhere.pem"},
            "vault:",
            "the authority of Vault's certificate can't be read; found VAULT_CACERT=/nowhere.pem;",
        ),
        (
            {"VAULT_TOKEN": "t", "VAULT_CLIENT_TIMEOUT": "1h"},
            "vault:",
            "VAULT_CLIENT_TIMEOUT is no number of seconds; found 1h; allowed: 1s to 300s;",
        ),
        *(
            (
                {},
                f"vault:{path}",
                f"a transit key is not named as one; found vault:{path}; allowed: vault: for the"
                " core's key, or vault:<namespace>/<mount>/<key>; fix: write e.g. vault:acme-core",
            )
            for path in ("signing", "a//b", "/a/b", "a/b/", "a/../b", "a/b?c")
        ),
    ],
)
def test_what_is_configured_wrong_is_told(
    tmp_path: Path, variables: dict[str, str], spelled: str, line: str
) -> None:
    """Each mistake is one line with what was found and what to do; no password is shown."""
    estate_file = estate_at(tmp_path, "https://vault.eu.example:8200")
    with pytest.raises(StudioError) as caught:
        resolve(spelled, estate_file=estate_file, environment=variables)
    assert caught.value.line.startswith(line)
    assert "hunter2" not in caught.value.line


def test_the_cores_cluster_has_variables_of_its_own(tmp_path: Path) -> None:
    """As for `studio kill`: VAULT_TOKEN_EU comes before VAULT_TOKEN, whatever VAULT_ADDR says."""
    estate_file = estate_at(tmp_path, "https://vault.eu.example:8200")
    authority = tmp_path / "eu.pem"
    authority.touch()
    variables = {
        "VAULT_ADDR": "https://vault.us.example",
        "VAULT_TOKEN": "us",
        "VAULT_TOKEN_EU": "eu",
        "VAULT_CACERT_EU": str(authority),
    }
    found = resolve("vault:", estate_file=estate_file, environment=variables)
    assert (found.address, found.token) == ("https://vault.eu.example:8200", "eu")
    assert (found.authority, found.token_variable) == (authority, "VAULT_TOKEN_EU")


def test_an_estate_that_can_not_be_read_names_no_key(tmp_path: Path) -> None:
    """`vault:` needs the estate's file; without it nothing is guessed."""
    gone, broken = tmp_path / "gone.yaml", tmp_path / "regions.yaml"
    broken.write_text("version: 1\n")
    for path in (None, gone, broken):
        with pytest.raises(StudioError, match="the estate does not tell which key vault: is"):
            resolve("vault:", estate_file=path, environment={"VAULT_TOKEN": "t"})


def test_no_token_is_in_a_repr_or_a_pickle(tmp_path: Path) -> None:
    """What holds a token shows it to nobody, and is not pickled."""
    variables = {"VAULT_TOKEN": "canary", "VAULT_ADDR": "https://v.example"}
    found = resolve("vault:a/b", estate_file=None, environment=variables)
    assert "canary" not in f"{found!r} {found}"
    with pytest.raises(TypeError, match="holds a token"):
        pickle.dumps(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vault:", ["vault:"]),
        ("vault:n/m/k", ["vault:n/m/k"]),
        ("keys:vault:", ["keys", "vault:"]),
        ("vault::keys", ["vault:", "keys"]),
        ("a.pub:vault:n/m/k:keys", ["a.pub", "vault:n/m/k", "keys"]),
        ("vault::vault:m/k", ["vault:", "vault:m/k"]),
        ("vault", ["vault"]),
        (":", []),
    ],
)
def test_a_list_of_trusted_keys_holds_files_and_transit_keys(text: str, found: list[str]) -> None:
    """What follows `vault:` up to the next separator is its path."""
    assert parts(text) == found
