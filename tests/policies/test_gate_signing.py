"""Which key signs, and whose signatures count."""

import base64
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from securesystemslib.signer import CryptoSigner

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.policies import signing

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of the developer's own."""
    monkeypatch.delenv(signing.SIGNING_KEY, raising=False)
    monkeypatch.delenv(signing.TRUSTED_KEYS, raising=False)


def key_pair(folder: Path, name: str) -> tuple[Path, Path, str]:
    """A key pair on disk: private file, public file, id."""
    folder.mkdir(parents=True, exist_ok=True)
    signer = CryptoSigner.generate_ed25519()
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(signer.private_bytes)
    loaded = serialization.load_pem_private_key(signer.private_bytes, password=None)
    public.write_bytes(loaded.public_key().public_bytes(PEM, SPKI))
    return private, public, signer.public_key.keyid


def sealed(signer: CryptoSigner) -> bytes:
    """An envelope."""
    return signing.seal(b"{}\n", "text/x", signer)


def test_a_key_is_made_on_first_use(tmp_path: Path) -> None:
    """The state folder's own key is made once, private, with its public half beside it."""
    first = signing.signer(tmp_path)
    keys = tmp_path / "keys"
    assert sorted(path.name for path in keys.iterdir()) == ["gate.pem", "gate.pub"]
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert stat.S_IMODE((keys / "gate.pem").stat().st_mode) == 0o600
    assert signing.signer(tmp_path).public_key.keyid == first.public_key.keyid
    assert signing.trusted(tmp_path).ids == (first.public_key.keyid,)


def test_those_who_start_together_share_one_key(tmp_path: Path) -> None:
    """Several commands that need a key at the same time end up with the same one."""
    with ThreadPoolExecutor(8) as pool:
        ids = {one.public_key.keyid for one in pool.map(signing.signer, [tmp_path] * 16)}
    assert len(ids) == 1
    assert signing.trusted(tmp_path).ids == tuple(ids)


def test_a_lost_public_half_is_made_again(tmp_path: Path) -> None:
    """The public half follows from the private one."""
    key = signing.signer(tmp_path).public_key.keyid
    (tmp_path / "keys" / "gate.pub").unlink()
    signing.signer(tmp_path)
    assert signing.trusted(tmp_path).ids == (key,)


def test_the_configured_key_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named key signs, and none is made in the state folder."""
    private, public, key = key_pair(tmp_path, "team")
    monkeypatch.setenv(signing.SIGNING_KEY, str(private))
    assert signing.signer(tmp_path / "state").public_key.keyid == key
    assert not (tmp_path / "state").exists()
    monkeypatch.setenv(signing.TRUSTED_KEYS, str(public))
    trust = signing.trusted(tmp_path / "state")
    content = sealed(signing.signer(tmp_path / "state"))
    assert signing.unseal(content, "text/x", trust, name="x").key_id == key


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_signing_key_of_no_use_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that can't sign is one line, which says what can; it never shows the key."""
    other = ec.generate_private_key(ec.SECP256R1())
    locked = serialization.BestAvailableEncryption(b"hunter2")
    private, _, _ = key_pair(tmp_path, "plain")
    loaded = serialization.load_pem_private_key(private.read_bytes(), password=None)
    cases = {
        _write(tmp_path / "a", other.private_bytes(PEM, PKCS8, serialization.NoEncryption())): (
            "the signing key is not an Ed25519 key; found a"
        ),
        _write(tmp_path / "b", loaded.private_bytes(PEM, PKCS8, locked)): (
            "the signing key is encrypted; found b"
        ),
        _write(tmp_path / "c", b"secret"): "the signing key can't be read; found c is no PEM key",
        tmp_path / "d": (
            "the signing key can't be read; found d can't be opened: No such file or directory"
        ),
    }
    for path, line in cases.items():
        monkeypatch.setenv(signing.SIGNING_KEY, str(path))
        with pytest.raises(StudioError) as caught:
            signing.signer(tmp_path / "state")
        assert str(caught.value) == (
            f"{line}; allowed: an Ed25519 key in PEM, PKCS #8, unencrypted; "
            "fix: make one with `openssl genpkey -algorithm ed25519`"
        )
    monkeypatch.setenv(signing.SIGNING_KEY, "")
    with pytest.raises(StudioError, match="STUDIO_SIGNING_KEY is set, but empty"):
        signing.signer(tmp_path / "state")


def test_keys_beside_the_estate_take_the_place_of_the_state_folders(tmp_path: Path) -> None:
    """Once `policies/keys/` is there, a key that the state folder made no longer counts."""
    signing.signer(tmp_path / "state")
    _, public, key = key_pair(tmp_path / "policies" / "keys", "ci")
    trust = signing.trusted(tmp_path / "state", estate_file=tmp_path / "regions.yaml")
    assert trust.ids == (key,)
    assert trust.origin == str(public.parent)


def test_several_files_and_folders_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable names files and folders; only *.pub files of a folder count."""
    _, one, first = key_pair(tmp_path / "a", "one")
    _, _, second = key_pair(tmp_path / "b", "two")
    monkeypatch.setenv(signing.TRUSTED_KEYS, f"{one}{os.pathsep}{tmp_path / 'b'}")
    assert signing.trusted(tmp_path).ids == (first, second)


def test_trust_that_is_configured_and_of_no_use_fails_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where trusted keys are configured, nothing else is trusted in their place."""
    signing.signer(tmp_path)
    estate = tmp_path / "regions.yaml"
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "README").write_text("x")
    broken = tmp_path / "broken.pub"
    broken.write_text("-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----\n")
    other = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(PEM, SPKI)
    elliptic = _write(tmp_path / "ec.pub", other)
    cases = {
        str(empty): f"a folder of trusted keys is empty; found {empty}; allowed: *.pub files",
        str(broken): "a trusted key can't be read; found broken.pub is no PEM key",
        str(elliptic): "a trusted key is not an Ed25519 key; found ec.pub",
        str(tmp_path / "none"): "a trusted key can't be read; found none can't be opened",
        "": "$STUDIO_TRUSTED_KEYS is set, but empty",
    }
    for value, line in cases.items():
        monkeypatch.setenv(signing.TRUSTED_KEYS, value)
        with pytest.raises(StudioError) as caught:
            signing.trusted(tmp_path, estate_file=estate)
        assert str(caught.value).startswith(line)
        assert caught.value.exit_code is ExitCode.DENIED
    monkeypatch.delenv(signing.TRUSTED_KEYS)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "keys").symlink_to(tmp_path / "gone")
    with pytest.raises(StudioError, match="a trusted key can't be read"):
        signing.trusted(tmp_path, estate_file=estate)


def test_a_state_folder_without_a_key_trusts_nobody(tmp_path: Path) -> None:
    """Verifying makes no key: one that was made to be trusted would prove nothing."""
    with pytest.raises(StudioError, match="a trusted key can't be read") as caught:
        signing.trusted(tmp_path)
    assert caught.value.exit_code is ExitCode.DENIED
    assert not (tmp_path / "keys").exists()


def test_equal_content_is_sealed_alike(tmp_path: Path) -> None:
    """Ed25519 takes no random numbers: the same content gives the same envelope."""
    signer = signing.signer(tmp_path)
    assert sealed(signer) == sealed(signer)
    assert json.loads(sealed(signer)).keys() == {"payload", "payloadType", "signatures"}


def test_any_dsse_library_comes_to_the_same_result(tmp_path: Path) -> None:
    """The signature is one of RFC 8032 over the DSSE specification's pre-authentication bytes."""
    content = json.loads(sealed(signing.signer(tmp_path)))
    public = serialization.load_pem_public_key((tmp_path / "keys" / "gate.pub").read_bytes())
    assert isinstance(public, ed25519.Ed25519PublicKey)
    signature = base64.b64decode(content["signatures"][0]["sig"])
    public.verify(signature, b"DSSEv1 6 text/x 3 {}\n")
    assert base64.b64decode(content["payload"]) == b"{}\n"
