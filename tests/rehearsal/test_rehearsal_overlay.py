"""Override files, the provider's mirror, the lifting of protections."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal import mirror, overlay
from agent_studio.rehearsal.destroy import unprotected
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.twins.mirror import beside

ENDPOINT = Endpoint(url="http://127.0.0.1:1234", pid=1, log=Path("log"))


def test_the_backend_is_repeated_with_its_endpoint() -> None:
    """An override replaces a backend as a whole, so bucket, key and role stand in it again."""
    backend = {"bucket": "b", "key": "core.tfstate", "assume_role": {"role_arn": "arn"}}
    made = overlay.override({"terraform": {"backend": {"s3": backend}}}, ENDPOINT)
    written = made["terraform"]["backend"]["s3"]
    assert {name: written[name] for name in backend} == backend
    assert written["endpoints"]["s3"] == ENDPOINT.url
    assert "provider" not in made


def test_every_alias_of_the_provider_is_covered() -> None:
    """A second provider block of a stack gets its own override, under its alias."""
    stack = {"provider": {"aws": [{"region": "eu-west-1"}, {"alias": "us", "region": "us-east-1"}]}}
    blocks = overlay.override(stack, ENDPOINT)["provider"]["aws"]
    assert [block.get("alias") for block in blocks] == [None, "us"]
    assert {block["https_proxy"] for block in blocks} == {ENDPOINT.url}


def test_files_are_written_per_stack(tmp_path: Path) -> None:
    """Each synthesized stack has one override file under its own name."""
    for name in ("core", "cell-a"):
        folder = tmp_path / "synth" / "stacks" / name
        folder.mkdir(parents=True)
        (folder / "cdk.tf.json").write_text(json.dumps({"provider": {"aws": [{}]}}))
    overlay.write(tmp_path / "synth", tmp_path / "overlay", ENDPOINT)
    found = sorted(str(p.relative_to(tmp_path)) for p in (tmp_path / "overlay").rglob("*.json"))
    assert found == [
        "overlay/cell-a/rehearsal_override.tf.json",
        "overlay/core/rehearsal_override.tf.json",
    ]


@pytest.mark.parametrize("kind", ["gcs", "azurerm"])
def test_states_of_other_clouds_are_kept_in_files(tmp_path: Path, kind: str) -> None:
    """No emulator stands in for their stores: each stack's state is a file of its own."""
    for name in ("cell-a", "cell-b"):
        folder = tmp_path / "synth" / "stacks" / name
        folder.mkdir(parents=True)
        stack = {"terraform": {"backend": {kind: {"bucket": "b"}}}, "provider": {"google": [{}]}}
        (folder / "cdk.tf.json").write_text(json.dumps(stack))
    overlay.write(tmp_path / "synth", tmp_path / "overlay", ENDPOINT)
    paths = set()
    for file in (tmp_path / "overlay").rglob("*.json"):
        written = json.loads(file.read_text())
        assert set(written) == {"terraform"}
        paths.add(written["terraform"]["backend"]["local"]["path"])
    states = tmp_path / "states"
    assert paths == {str(states / name / "terraform.tfstate") for name in ("cell-a", "cell-b")}


def test_twins_and_real_providers_share_a_mirror(tmp_path: Path) -> None:
    """Real providers are linked beside the twins, unpacked ones and packages; no twin is lost."""
    real, laid = tmp_path / "real", tmp_path / "laid"
    home = Path("registry.terraform.io", "hashicorp")
    unpacked = home / "aws" / "5.100.0" / "linux_amd64"
    package = home / "random" / "terraform-provider-random_3.7.0_linux_amd64.zip"
    twin = home / "google" / "7.0.0+twin" / "linux_amd64"
    for folder in (real / unpacked, (real / package).parent, laid / twin):
        folder.mkdir(parents=True)
    (real / package).write_bytes(b"PK")
    (real / unpacked / "terraform-provider-aws").write_bytes(b"program")
    beside(real, laid)
    beside(real, laid)
    assert (laid / unpacked / "terraform-provider-aws").read_bytes() == b"program"
    assert (laid / unpacked).is_symlink()
    assert (laid / package).read_bytes() == b"PK"
    assert (laid / twin).is_dir()


def test_only_protected_resources_are_unprotected() -> None:
    """`prevent_destroy` is lifted where it is set, and nothing else is overridden."""
    stack: dict[str, Any] = {
        "resource": {
            "aws_s3_bucket": {
                "kept": {"lifecycle": {"prevent_destroy": True}},
                "free": {"lifecycle": {"ignore_changes": ["tags"]}},
                "plain": {},
            }
        }
    }
    assert unprotected(stack) == {
        "resource": {"aws_s3_bucket": {"kept": {"lifecycle": {"prevent_destroy": False}}}}
    }
    assert unprotected({"resource": {}}) == {}


def test_a_named_mirror_without_the_provider_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong STUDIO_PROVIDER_MIRROR is named with what it should hold."""
    monkeypatch.setenv(mirror.VARIABLE, str(tmp_path))
    with pytest.raises(StudioError) as caught:
        mirror.set_up_mirror()
    assert caught.value.line.startswith(
        f"STUDIO_PROVIDER_MIRROR names a folder without the AWS provider; found {tmp_path}; "
        "allowed: a folder that holds registry.terraform.io/hashicorp/aws"
    )


def test_an_implied_mirror_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror where Terraform itself looks serves without a word about it."""
    monkeypatch.delenv(mirror.VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".terraform.d" / "plugins"
    (folder / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    assert mirror.find_mirror() == folder


def test_no_mirror_and_no_registry_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline and without a mirror, the rehearsal says so before it starts anything."""

    def refused(*_: object, **__: object) -> socket.socket:
        raise OSError("Network is unreachable")

    monkeypatch.delenv(mirror.VARIABLE, raising=False)
    monkeypatch.setattr(mirror, "implied", lambda: (tmp_path / "none",))
    monkeypatch.setattr(socket, "create_connection", refused)
    with pytest.raises(StudioError) as caught:
        mirror.set_up_mirror()
    assert caught.value.line == (
        "the AWS provider is in no local mirror, and its registry cannot be reached; found "
        "registry.terraform.io: Network is unreachable; fix: set STUDIO_PROVIDER_MIRROR to a "
        "provider mirror, or allow registry.terraform.io"
    )


def test_a_database_keeps_the_default_certificate_authority() -> None:
    """The one argument that costs a second wait is left out; no other resource is touched."""
    stack = {
        "resource": {
            "aws_db_instance": {"db": {"ca_cert_identifier": "rds-ca-rsa2048-g1"}, "other": {}},
            "aws_sqs_queue": {"q": {}},
        }
    }
    made = overlay.override(stack, ENDPOINT)
    assert made == {"resource": {"aws_db_instance": {"db": {"ca_cert_identifier": None}}}}
