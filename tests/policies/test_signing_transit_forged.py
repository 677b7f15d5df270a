"""Servers in Vault's place that lie, dawdle or send elsewhere: nothing is signed, nothing told."""

import base64
import json
import logging
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from support.transit import Answer, data, estate_at, lying

from agent_studio.estate.errors import StudioError
from agent_studio.policies import signing

CANARY = "hvs.canary-0123456789"
SIGNER = CryptoSigner.generate_ed25519()
PUBLIC = base64.b64encode(bytes.fromhex(SIGNER.public_key.keyval["public"])).decode()


def key(**other: Any) -> dict[str, Any]:
    """What Vault says of a good key, some of it changed."""
    return {
        "type": "ed25519",
        "derived": False,
        "latest_version": 1,
        "min_decryption_version": 1,
        "keys": {"1": {"public_key": PUBLIC, "creation_time": "2026-01-01T00:00:00Z"}},
        **other,
    }


def signature(of: bytes, version: int = 1) -> str:
    """A signature by the key, in Vault's form."""
    value = base64.b64encode(bytes.fromhex(SIGNER.sign(of).signature)).decode()
    return f"vault:v{version}:{value}"


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that signs and trusts by Vault, with a token to look for."""
    for name in (
        "VAULT_ADDR",
        "VAULT_NAMESPACE",
        "VAULT_TOKEN_EU",
        "VAULT_CACERT_EU",
        "VAULT_CLIENT_TIMEOUT",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAULT_TOKEN", CANARY)
    monkeypatch.setenv("STUDIO_SIGNING_KEY", "vault:")
    monkeypatch.setenv("STUDIO_TRUSTED_KEYS", "vault:")


def sealed(folder: Path, monkeypatch: pytest.MonkeyPatch, reply: Any, **more: Any) -> str:
    """Sign by a lying server; give the line of the error."""
    with lying(folder, reply, **more) as liar:
        monkeypatch.setenv("VAULT_CACERT", str(liar.certificate.authority))
        estate_file = estate_at(folder, liar.address)
        with pytest.raises(StudioError) as caught:
            signing.seal(b"x", "text/x", signing.signer(folder, estate_file=estate_file))
    error = caught.value
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert CANARY not in "".join(shown.format())
    assert error.__cause__ is None
    assert error.__context__ is None
    assert CANARY not in error.line
    assert "echo" not in error.line
    return error.line


FORGED: dict[str, object] = {
    "of other bytes": signature(b"DSSEv1 6 text/x 1 y"),
    "by another version": signature(b"DSSEv1 6 text/x 1 x", version=2),
    "by another key": "vault:v1:"
    + base64.b64encode(
        bytes.fromhex(CryptoSigner.generate_ed25519().sign(b"DSSEv1 6 text/x 1 x").signature)
    ).decode(),
    "too short": "vault:v1:AAAA",
    "no text": 7,
    "missing": None,
    "an echo": f"vault:v1:{CANARY}",
}


@pytest.mark.parametrize("lie", FORGED, ids=str)
def test_a_forged_signature_is_not_written(
    lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each signature is verified here before it is given on."""

    def reply(method: str, path: str, body: dict[str, Any]) -> Answer:
        return data(**key()) if method == "GET" else data(signature=FORGED[lie])

    line = sealed(tmp_path, monkeypatch, reply)
    assert line.startswith("Vault's answer is none that its transit engine gives; found ")
    assert "signature" in line


def test_a_good_answer_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same server, honest: what it signed verifies."""

    def reply(method: str, path: str, body: dict[str, Any]) -> Answer:
        if method == "GET":
            return data(**key())
        assert body["key_version"] == 1
        return data(signature=signature(base64.b64decode(body["input"])))

    with lying(tmp_path, reply) as liar:
        monkeypatch.setenv("VAULT_CACERT", str(liar.certificate.authority))
        estate_file = estate_at(tmp_path, liar.address)
        content = signing.seal(b"x", "text/x", signing.signer(tmp_path, estate_file=estate_file))
        trust = signing.trusted(tmp_path, estate_file=estate_file)
    assert signing.unseal(content, "text/x", trust, name="x").key_id == SIGNER.public_key.keyid


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (data(**key(keys={})), "no versions in their form"),
        (data(**key(latest_version=2)), "no versions in their form"),
        (data(**key(latest_version=10**9)), "no versions in their form"),
        (data(**key(latest_version="1")), "no versions in their form"),
        (data(**key(keys={"1": {"public_key": "AAAA"}})), "no versions in their form"),
        (data(**key(keys={"1": {"public_key": f"{CANARY}"}})), "no versions in their form"),
        (data(**key(keys={"1": PUBLIC})), "no versions in their form"),
        (data(**key(keys=[PUBLIC])), "no versions in their form"),
        (data(**key(type=CANARY)), "the transit key can't sign gate records; found no type"),
        (data(**key(derived=None)), "found a derived key"),
        ((200, b"[]"), "no answer to read the key"),
        ((200, b"{}"), "no answer to read the key"),
        ((200, b"not JSON"), "no answer to read the key"),
        ((200, json.dumps({"data": [CANARY]}).encode()), "no answer to read the key"),
        ((204, b""), "no answer to read the key"),
        ((400, json.dumps({"errors": ["echo", CANARY]}).encode()), "Vault did not read the key"),
        ((403, json.dumps({"errors": ["echo", CANARY]}).encode()), "Vault does not let this token"),
        ((500, f"echo {CANARY}".encode()), "Vault did not read the key; found InternalServerError"),
        ((418, b"[]"), "Vault did not read the key"),
        ((503, b"{}"), "Vault is sealed, or has no active node"),
        (None, "Vault can't be reached"),
    ],
)
def test_what_is_no_answer_is_refused(
    answer: Answer | None,
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever the answer, it is one line; no line and no log shows what a server said."""
    with caplog.at_level(logging.DEBUG):
        assert line in sealed(tmp_path, monkeypatch, lambda *_: answer)
    assert caplog.text
    assert CANARY not in caplog.text


def test_a_slow_server_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that sends a byte now and then meets the deadline, too."""
    monkeypatch.setenv("VAULT_CLIENT_TIMEOUT", "1s")
    began = time.monotonic()
    line = sealed(tmp_path, monkeypatch, lambda *_: data(**key()), drip=0.1)
    assert time.monotonic() - began < 5
    assert line.startswith("Vault did not answer within the deadline; found https://127.0.0.1:")
    assert line.endswith(
        ", after 1 s; fix: see that it is up, or allow more time in VAULT_CLIENT_TIMEOUT"
    )


def test_a_redirect_gets_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token goes to the server that was configured, and to no other."""
    (tmp_path / "other").mkdir()
    with lying(tmp_path / "other", lambda *_: data(**key())) as other:
        target = f"{other.address}/v1/elsewhere".encode()
        line = sealed(tmp_path, monkeypatch, lambda *_: (307, target))
        assert "no answer to read the key" in line
        assert other.seen == []


def test_too_many_versions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred keys are trusted at most, versions of a transit key among them."""
    entries = {}
    for number in range(1, 102):
        public = CryptoSigner.generate_ed25519().public_key.keyval["public"]
        text = base64.b64encode(bytes.fromhex(public)).decode()
        entries[str(number)] = {"public_key": text}
    with lying(tmp_path, lambda *_: data(**key(keys=entries, latest_version=101))) as liar:
        monkeypatch.setenv("VAULT_CACERT", str(liar.certificate.authority))
        estate_file = estate_at(tmp_path, liar.address)
        with pytest.raises(StudioError, match="there are too many trusted keys"):
            signing.trusted(tmp_path, estate_file=estate_file)
