"""`studio bindings` and `python -m agent_studio.bindings` over the environment's own bindings."""

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.toy_provider import Toy

from agent_studio.bindings import build as builder
from agent_studio.bindings.errors import MissingBindingError
from agent_studio.cli.main import main, studio


def point_at(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands work on the toy provider instead of the environment."""

    def roots() -> Sequence[Path]:
        return toy.roots

    monkeypatch.setattr(builder, "source_roots", roots)
    monkeypatch.setattr(builder, "load_pins", lambda: (toy.pin,))
    monkeypatch.setattr(builder, "site_packages", lambda: toy.site)
    monkeypatch.setenv("XDG_CACHE_HOME", str(toy.cache.parent / "xdg"))


def test_build_says_what_it_did(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build prints one line for each package, and the next says that all is up to date."""
    point_at(toy, monkeypatch)
    toy.use("s3_bucket")
    first = CliRunner().invoke(studio, ["bindings", "build"], catch_exceptions=False)
    assert first.stdout == "cdktf_cdktf_provider_toy 1.0.0: 1 modules, built\n"
    assert "installed 2 of 5 modules as cdktf_cdktf_provider_toy" in first.stderr
    second = CliRunner().invoke(studio, ["bindings", "build"], catch_exceptions=False)
    assert second.stdout == "cdktf_cdktf_provider_toy 1.0.0: 1 modules, up to date\n"
    assert second.stderr == ""


def test_list_names_the_modules(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list names each used module, for people and for machines."""
    point_at(toy, monkeypatch)
    toy.use("sqs_queue", "s3_bucket")
    listed = CliRunner().invoke(studio, ["bindings", "list"], catch_exceptions=False)
    assert listed.stdout == "cdktf_cdktf_provider_toy 1.0.0\n  s3_bucket\n  sqs_queue\n"
    machine = CliRunner().invoke(studio, ["--format", "json", "bindings", "list"])
    assert json.loads(machine.stdout) == {
        "packages": [
            {
                "package": "cdktf_cdktf_provider_toy",
                "version": "1.0.0",
                "modules": ["s3_bucket", "sqs_queue"],
                "current": False,
                "built": False,
            }
        ]
    }


def test_check_fails_with_one_line(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bindings that are out of date end the check with one line and exit code 1."""
    point_at(toy, monkeypatch)
    toy.use("s3_bucket")
    for command in (["check"], ["build", "--check"]):
        monkeypatch.setattr(sys, "argv", ["studio", "bindings", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        assert capsys.readouterr().err == (
            "error: the lean bindings are not up to date; found cdktf_cdktf_provider_toy; "
            "fix: run `studio bindings build`\n"
        )


def test_build_step_is_quick_when_nothing_changed() -> None:
    """The Makefile's step over the environment's own bindings is nearly free when up to date."""
    command = [sys.executable, "-m", "agent_studio.bindings", "build"]
    subprocess.run([*command, "--check"], check=True)
    used = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.stdout == done.stderr == ""
    # The step waits for nothing, so its processor time is its wall time on an idle machine.
    assert min(used) < 0.4


def test_missing_bindings_end_any_command_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that meets a provider module without bindings says which command builds it."""

    def meet() -> None:
        raise MissingBindingError("cdktf_cdktf_provider_toy.sqs_queue")

    monkeypatch.setattr(builder, "source_roots", meet)
    monkeypatch.setattr(sys, "argv", ["studio", "bindings", "list"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "error: cdktf_cdktf_provider_toy.sqs_queue is not in the lean bindings; "
        "fix: run `studio bindings build`\n"
    )
