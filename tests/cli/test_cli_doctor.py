"""`studio doctor`: what is there, what is missing, and what to do about it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from jsonschema import Draft202012Validator
from support.estates import estate_text

from agent_studio.cli.checkup import machine, remote
from agent_studio.cli.checkup.model import Look, Unfit, take_all
from agent_studio.cli.checkup.vault_login import vault_login
from agent_studio.estate.loader import load_estate, load_text
from agent_studio.estate.names.vault import JOB_TOKEN as TOKEN

ROOT = Path(__file__).resolve().parents[2]
STUDIO = Path(sys.executable).with_name("studio")
SCHEMA = json.loads((ROOT / "docs" / "reference" / "json" / "doctor.schema.json").read_text())


def doctor(**environment: str) -> tuple[int, dict[str, dict[str, Any]], bool]:
    """Run the doctor on the example estate: exit code, checks by name, fit or not."""
    outside = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "STUDIO_PROVIDER_MIRROR")
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    done = subprocess.run(
        [STUDIO, "--format", "json", "doctor"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**kept, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        check=False,
    )
    assert "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    return done.returncode, {c["name"]: c for c in document["checks"]}, document["fit"]


def test_a_machine_is_described() -> None:
    """Python, Node, the engine and git are found with their versions."""
    code, checks, fit = doctor()
    assert (code == 0) is fit
    assert checks["python"]["found"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
    assert checks["node"]["status"] == "ok"
    assert checks["terraform"]["status"] == "ok"
    assert checks["aws credentials"]["status"] == "missing"
    assert checks["vault EU"]["found"].startswith("https://vault.eu.acme.example:8200")
    assert not checks["vault EU"]["required"]
    assert not checks["azure credentials"]["required"]


def test_a_missing_engine_ends_with_1() -> None:
    """Something that every deployment needs is missing: exit code 1, with the fix."""
    code, checks, fit = doctor(STUDIO_TERRAFORM="/nonexistent/terraform")
    assert (code, fit) == (1, False)
    assert checks["terraform"]["status"] == "missing"
    assert checks["terraform"]["fix"]


def test_a_wrong_mirror_ends_with_1(tmp_path: Path) -> None:
    """A mirror that is set must be one."""
    code, checks, _ = doctor(STUDIO_PROVIDER_MIRROR=str(tmp_path))
    assert code == 1
    assert checks["provider mirror"]["found"] == "STUDIO_PROVIDER_MIRROR is no provider mirror"


def look(take: Callable[[], str]) -> Look:
    """A look that is required."""
    return Look(name="x", required=True, take=take, fix="mend it")


def test_a_look_that_hangs_is_left_behind() -> None:
    """No look delays the answer beyond its limit."""

    def hang() -> str:
        time.sleep(30)
        return "late"

    begun = time.monotonic()
    (result,) = take_all([look(hang)], seconds=0.2)
    assert time.monotonic() - begun < 5
    assert (result.status, result.found, result.fix) == (
        "missing",
        "no answer within 0 s",
        "mend it",
    )
    assert result.blocks


def test_a_library_failure_shows_no_text() -> None:
    """The text of an unforeseen error may hold a secret; only its type is shown."""

    def fail() -> str:
        raise ValueError("token=hunter2")

    def unfit() -> str:
        raise Unfit("too old", fix="update it")

    first, second = take_all([look(fail), look(unfit)], seconds=10)
    assert first.found == "ValueError"
    assert (second.found, second.fix) == ("too old", "update it")


def test_only_clouds_in_use_are_looked_at() -> None:
    """The example estate uses every cloud and four Vault clusters; another, AWS and two."""
    names = [one.name for one in remote.looks(load_estate(ROOT / "regions.yaml"))]
    clouds = ["aws credentials", "azure credentials", "gcp credentials"]
    assert sorted(names) == [
        *clouds,
        "vault EU",
        "vault JP",
        "vault UK",
        "vault US",
        "vault login",
    ]
    small = [one.name for one in remote.looks(load_text(Path("small.yaml"), estate_text(1)))]
    assert small == ["aws credentials", "vault login", "vault EU", "vault US"]


def test_stale_bindings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bindings built from other inputs are missing, and the fix is a command."""
    from types import SimpleNamespace

    from agent_studio.bindings import build

    stale = SimpleNamespace(pin=SimpleNamespace(module="cdktf_cdktf_provider_aws"), current=False)
    monkeypatch.setattr(build, "survey", lambda: (stale,))
    (one,) = [one for one in machine.looks() if one.name == "lean bindings"]
    (result,) = take_all([one], seconds=30)
    assert result.found == "missing or out of date: cdktf_cdktf_provider_aws"
    assert result.fix is not None
    assert "bindings" in result.fix


def job_token(**claims: Any) -> str:
    """A token of a job of the example estate's CI, but for what is said."""
    usual = {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": "vault://acme",
        "sub": "repo:acme/estate:environment:production",
        "exp": time.time() + 600,
    }
    return jwt.encode({**usual, **claims}, "k" * 32, algorithm="HS256")


def test_the_login_to_vault_is_told_by_the_jobs_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose it is and how long it lasts; the token itself is never shown."""
    monkeypatch.setenv(TOKEN, job_token())
    found = vault_login(load_estate(ROOT / "regions.yaml"))
    assert found == "a token of repo:acme/estate:environment:production, 10 minutes left"


NO_TOKENS = {
    "none": ("", f"no {TOKEN}"),
    "a token of Vault's": ("hvs.a-token-of-vault", f"{TOKEN} holds no JSON Web Token"),
    "three parts": ("a.b.c", f"{TOKEN} holds no JSON Web Token"),
    "no object": ("a.W10.c", f"{TOKEN} holds no JSON Web Token"),
}
WRONG_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "another audience": ({"aud": "sts.amazonaws.com"}, f"{TOKEN} is for sts.amazonaws.com"),
    "no audience": ({"aud": None}, f"{TOKEN} is for None"),
    "another issuer": (
        {"iss": "https://evil.example"},
        f"{TOKEN} is of https://evil.example, and not of",
    ),
    "expired": ({"exp": 1}, f"{TOKEN} has expired"),
    "no time": ({"exp": "soon"}, f"{TOKEN} has expired"),
    "another repository": (
        {"sub": "repo:evil/estate:x"},
        f"{TOKEN} is no job's of acme/estate",
    ),
}


@pytest.mark.parametrize("name", [*NO_TOKENS, *WRONG_CLAIMS])
def test_a_token_that_vault_would_refuse_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a plan is begun; what is no such token may be a secret, and is not shown."""
    if name in NO_TOKENS:
        token, said = NO_TOKENS[name]
    else:
        claims, said = WRONG_CLAIMS[name]
        token = job_token(**claims)
    monkeypatch.setenv(TOKEN, token)
    with pytest.raises(Unfit) as caught:
        vault_login(load_estate(ROOT / "regions.yaml"))
    assert said in str(caught.value)
    assert "a-token-of-vault" not in str(caught.value)


def test_without_a_ci_vaults_own_token_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not shown."""
    text = "\n".join(
        line
        for line in (ROOT / "regions.yaml").read_text().splitlines()
        if not line.startswith("ci:")
    )
    estate = load_text(Path("regions.yaml"), text)
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    with pytest.raises(Unfit, match="no VAULT_TOKEN"):
        vault_login(estate)
    monkeypatch.setenv("VAULT_TOKEN", "hvs.canary")
    assert vault_login(estate) == "VAULT_TOKEN is set"
