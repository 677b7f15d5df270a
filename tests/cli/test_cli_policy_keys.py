"""Signing in Vault from the command line: `studio gate`, `policy keys`, `policy bundle`."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support.transit import Core, core

from agent_studio.rehearsal.vault.server import Server, running

ROOT = Path(__file__).resolve().parents[2]
STUDIO = Path(sys.executable).with_name("studio")
STACK = "cell-aws-eu-west-1-payments-eu"
EXAMPLE = ROOT / "tests" / "policies" / "fixtures" / "cell-example"
SCHEMA = json.loads((ROOT / "docs" / "reference" / "json" / "policy-keys.schema.json").read_text())
CANARY = "hvs.canary-0123456789"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One OpenBao server."""
    with running() as found:
        yield found


@pytest.fixture
def own(server: Server, tmp_path: Path) -> Core:
    """A core with its signing key, whose estate's file lies in the working folder."""
    return core(server, tmp_path)


def studio(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `studio` as a user would, with no key or token of the developer's own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VAULT_", "TERRAFORM_VAULT_"))
        and name not in {"STUDIO_SIGNING_KEY", "STUDIO_TRUSTED_KEYS"}
    }
    return subprocess.run(
        [STUDIO, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**kept, **environment},
        check=False,
    )


def planned(folder: Path) -> None:
    """Lay out a `.studio` as `studio synth` and `studio plan` leave it."""
    stack_dir = folder / ".studio" / "synth" / "stacks" / STACK
    plan = folder / ".studio" / "plan" / STACK
    stack_dir.mkdir(parents=True)
    plan.mkdir(parents=True)
    shutil.copy(EXAMPLE / "cdk.tf.json", stack_dir)
    for name in ("plan.json", "plan.bin"):
        shutil.copy(EXAMPLE / name, plan)
    stack = {
        "name": STACK,
        "layer": "cell",
        "path": f".studio/synth/stacks/{STACK}",
        "digest": "d1",
        "resources": 9,
    }
    manifest = folder / ".studio" / "synth" / "manifest.json"
    manifest.write_text(json.dumps({"stacks": [stack]}))
    sha256 = hashlib.sha256((plan / "plan.bin").read_bytes()).hexdigest()
    meta = {"stack": STACK, "digest": "d1", "plan_sha256": sha256}
    (plan / "meta.json").write_text(json.dumps(meta))


def test_the_gate_signs_in_vault_and_an_auditor_needs_none(own: Core, tmp_path: Path) -> None:
    """A gated plan's record verifies live, after a rotation, and offline by the exported keys."""
    planned(tmp_path)
    key = f"vault:{own.path}"
    named = {"VAULT_ADDR": own.server.address}
    estate = f"--estate={ROOT / 'regions.yaml'}"
    done = studio(tmp_path, estate, "gate", **named, **own.gate(), STUDIO_SIGNING_KEY=key)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / ".studio" / "keys").exists()
    own.rotate()
    verify = (
        *("record", "verify", f".studio/gate/{STACK}.json"),
        *("--plan", f".studio/plan/{STACK}/plan.bin", "--stack", STACK),
    )
    live = studio(tmp_path, estate, *verify, **named, **own.reader(), STUDIO_TRUSTED_KEYS=key)
    assert live.returncode == 0, live.stderr
    closed = studio(tmp_path, estate, *verify, **named, STUDIO_TRUSTED_KEYS=key)
    assert closed.returncode == 3
    assert closed.stderr == (
        "error: there is no token for Vault; found no VAULT_TOKEN; "
        "fix: log in to Vault and set VAULT_TOKEN\n"
    )
    keys = studio(tmp_path, "policy", "keys", "--out", "keys", **own.reader())
    assert keys.returncode == 0, keys.stderr
    offline = studio(tmp_path, estate, *verify, "--key", "keys")
    assert offline.returncode == 0, offline.stderr


def test_the_versions_of_the_cores_key_are_listed_and_written(own: Core, tmp_path: Path) -> None:
    """By default it is the core's key; each version has a file, and the latest one signs."""
    own.rotate()
    own.rotate()
    own.archive_below(2)
    reader = own.reader()
    done = studio(
        tmp_path, "--format", "json", "policy", "keys", "--out", "policies/keys", **reader
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    assert (document["key"], document["oldest_version"]) == (f"vault:{own.path}", 2)
    stem = own.path.replace("/", "-")
    assert [(one["version"], one["signs"], one["file"]) for one in document["versions"]] == [
        (2, False, f"policies/keys/{stem}-v2.pub"),
        (3, True, f"policies/keys/{stem}-v3.pub"),
    ]
    for one in document["versions"]:
        text = (tmp_path / one["file"]).read_text()
        assert text.startswith("-----BEGIN PUBLIC KEY-----\n")
    table = studio(tmp_path, "policy", "keys", **reader)
    assert table.returncode == 0
    assert document["versions"][1]["key_id"] in table.stdout
    assert table.stderr == (
        "versions below 2 are archived in Vault; their files stay as they are\n"
    )


def test_the_key_that_signs_is_the_one_that_is_listed(own: Core, tmp_path: Path) -> None:
    """Where $STUDIO_SIGNING_KEY names a transit key, its versions are listed; a file is none."""
    own.api.call("POST", "transit/keys/team", {"type": "ed25519"})
    token = own.variables(("keys/*", "read"))
    other = f"vault:{own.place.namespace}/transit/team"
    named = {**token, "VAULT_ADDR": own.server.address}
    for signing, listed in ((other, other), ("gate.pem", f"vault:{own.path}")):
        done = studio(
            tmp_path, "--format", "json", "policy", "keys", **named, STUDIO_SIGNING_KEY=signing
        )
        assert json.loads(done.stdout)["key"] == listed
    done = studio(tmp_path, "policy", "keys", "gate.pem")
    assert (done.returncode, "'gate.pem' does not begin with vault:" in done.stderr) == (2, True)


def test_a_bundle_is_signed_by_the_cores_key(own: Core, tmp_path: Path) -> None:
    """The manifest's key id is that of the latest version."""
    gate = {**own.gate(), "STUDIO_SIGNING_KEY": "vault:"}
    done = studio(tmp_path, "--format", "json", "policy", "bundle", "--out", "b.tar", **gate)
    assert done.returncode == 0, done.stderr
    keys = studio(tmp_path, "--format", "json", "policy", "keys", **gate)
    (version,) = json.loads(keys.stdout)["versions"]
    assert json.loads(done.stdout)["key_id"] == version["key_id"]


@pytest.mark.parametrize("sealed", [False, True], ids=["denied", "sealed"])
def test_no_output_shows_the_token(own: Core, tmp_path: Path, sealed: bool) -> None:
    """Denied or sealed, with everything that can be switched on to talk: no token anywhere."""
    planned(tmp_path)
    variables = {
        "VAULT_TOKEN": CANARY,
        "VAULT_CACERT": str(own.server.authority),
        "VAULT_ADDR": own.server.address,
        "STUDIO_SIGNING_KEY": f"vault:{own.path}",
        "STUDIO_TRUSTED_KEYS": f"vault:{own.path}",
        "STUDIO_DEBUG": "1",
    }
    estate = f"--estate={ROOT / 'regions.yaml'}"
    if sealed:
        own.server.seal()
    try:
        runs = [
            studio(tmp_path, *arguments, **variables)
            for arguments in ((estate, "gate"), ("policy", "keys"), ("policy", "bundle"))
        ]
    finally:
        if sealed:
            own.server.unseal()
    cause = "Vault is sealed" if sealed else "Vault does not let this token read the key"
    for done in runs:
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert done.stderr.startswith(f"error: {cause}")
        assert CANARY not in done.stdout + done.stderr
    assert not (tmp_path / ".studio" / "gate").exists()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes()
