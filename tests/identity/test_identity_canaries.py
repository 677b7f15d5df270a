"""No secret in any output: canaries are planted everywhere, and everything written is searched."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from identity.agents import Agents, runtime_of
from identity.cloud_doubles import endpoint, sts
from identity.weather import impostor

from agent_studio.estate.model import Cell
from agent_studio.rehearsal.vault.certificates import issue
from agent_studio.rehearsal.vault.clusters import Clusters

PROGRAM = Path(__file__).with_name("canary_agent.py")
GOOGLE = {"Metadata-Flavor": "Google"}


def forms(canary: str) -> Iterator[str]:
    """A canary as it might be written: plain, in base64 at any offset, in hex, quoted, reversed."""
    raw = canary.encode()
    yield canary
    yield quote(canary, safe="")
    yield raw.hex()
    yield canary[::-1]
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw).decode()
        # The first and last characters depend on what stands beside it.
        core = text[4 if offset else 0 : -4]
        yield core
        yield core.replace("+", "-").replace("/", "_")


def found_in(text: str, canaries: dict[str, str]) -> list[str]:
    """The canaries that a text shows."""
    return [name for name, canary in canaries.items() if any(f in text for f in forms(canary))]


@pytest.mark.parametrize("name", ["plain", "padded", "shifted", "hex"])
def test_the_search_finds_canaries(name: str) -> None:
    """The search itself works: each form of a canary is found."""
    canary = f"canary-{uuid4().hex}"
    text = {
        "plain": canary,
        "padded": base64.b64encode(canary.encode()).decode(),
        "shifted": base64.b64encode(f'{{"a": "{canary}"}}'.encode()).decode(),
        "hex": canary.encode().hex(),
    }[name]
    assert found_in(f"...{text}...", {"it": canary}) == ["it"]
    assert not found_in(f"...{text[:20]}...", {"it": canary})


def test_no_secret_is_shown(
    clusters: Clusters, agents: Agents, cells: dict[str, Cell], tmp_path: Path
) -> None:
    """Logs at DEBUG, reprs, dumps, tracebacks with all variables, the server's logs: nothing."""
    cell = cells["eu-west-1"]
    server = clusters.server(cell)
    canaries = {
        name: f"canary-{name}-{uuid4().hex}"
        for name in ("secret", "data", "value", "header", "key", "session", "vault-token")
    }
    clusters.write_secret(
        cell, runtime_of(cell), "planted", {"password": canaries["secret"], "user": "shown"}
    )
    settings = agents.settings(cell)
    good = clusters.token(agents.who(cell))
    bad = clusters.token(agents.who(cell), sub="somebody")
    cloud = {name: clusters.token(agents.who(cell), jti=name) for name in ("sts", "gcp", "entra")}
    jwts = {"jwt": good, "bad-jwt": bad, **cloud}
    canaries |= {
        f"{name} {part}": text.split(".")[part] for name, text in jwts.items() for part in (1, 2)
    }
    (tmp_path / "token").write_text(good)
    (tmp_path / "bad").write_text(bad)
    work = tmp_path / "work"
    work.mkdir()
    certificate = issue(tmp_path / "sts")
    with (
        endpoint(sts(cloud["sts"]), certificate) as aws,
        endpoint(lambda _: (200, GOOGLE, cloud["gcp"])) as google,
        endpoint(lambda _: (200, {}, json.dumps({"access_token": cloud["entra"]}))) as azure,
        impostor(tmp_path / "impostor", server._certificate) as stranger,
    ):
        # A server that echoes what it is sent, as an error.
        body = json.dumps({"errors": [good, canaries["secret"]]}).encode()
        stranger.answer = (
            b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode()
            + b"\r\n\r\n"
            + body
        )
        done = subprocess.run(
            [sys.executable, "-X", "dev", str(PROGRAM)],
            cwd=work,
            env={
                **os.environ,
                "VAULT_ADDR": settings.address,
                "VAULT_CACERT": str(settings.authority),
                "VAULT_TOKEN": canaries["vault-token"],
                "STUDIO_VAULT": json.dumps(
                    clusters.environment(cell, runtime_of(cell), f"file:{tmp_path / 'token'}")
                ),
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": canaries["key"],
                "AWS_SESSION_TOKEN": canaries["session"],
                "IDENTITY_ENDPOINT": azure.address,
                "IDENTITY_HEADER": canaries["header"],
                "TEST_SOURCE_ADDRESS": str(settings.source_address),
                "TEST_TOKENS": str(tmp_path / "tokens.json"),
                "TEST_DATA": canaries["data"],
                "TEST_VALUE": canaries["value"],
                "TEST_BAD_TOKEN": str(tmp_path / "bad"),
                "TEST_IMPOSTOR": stranger.address,
                "TEST_STS": aws.address + "/",
                "TEST_STS_CA": str(certificate.authority),
                "TEST_GOOGLE": google.address.removeprefix("http://"),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert len(aws.asked) == len(google.asked) == len(azure.asked) == 1
    logins = json.loads((tmp_path / "tokens.json").read_text())
    assert len(logins) == 2
    canaries |= {f"login {number}": token for number, token in enumerate(logins)}
    canaries |= {"root": server.api._token, **dict(enumerate_keys(server._keys))}
    output = done.stdout + done.stderr
    # It did run to its end, and what is no secret was shown.
    assert done.returncode == 1, output[-3000:]
    for said in (
        "--- within a handler",
        "RoleError",
        "OriginError",
        "PolicyError",
        "SubjectError",
        "NetworkError",
        "KeyboardInterrupt",
        "ClosedError",
        "Secrets(password, user)",
        "Secret(...)",
        "POST /v1/auth/",
    ):
        assert said in output, said
    found = found_in(output, canaries)
    assert not found, [line[:300] for line in output.splitlines() if found_in(line, canaries)]
    files = [path for path in work.rglob("*") if path.is_file()]
    for path in (*files, server.log, server.audit):
        assert found_in(path.read_text(errors="replace"), canaries) == [], path


def enumerate_keys(keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Name the keys that unseal a server."""
    for number, key in enumerate(keys):
        yield f"unseal key {number}", key
