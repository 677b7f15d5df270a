"""The command as a whole: help, errors, exit codes, what goes where."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator

from agent_studio.cli import main
from agent_studio.cli.reference import reference

ROOT = Path(__file__).resolve().parents[2]
STUDIO = Path(sys.executable).with_name("studio")
SCHEMAS = ROOT / "docs" / "reference" / "json"


def studio(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `studio` as a user would."""
    return subprocess.run(
        [STUDIO, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )


def schema(name: str) -> dict[str, Any]:
    """One of the published schemas."""
    content: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return content


def test_help_imports_nothing_heavy() -> None:
    """Help answers from the table of commands, without what the commands need."""
    code = (
        "import sys, agent_studio.cli.main as m\n"
        "m.studio.get_help(m.click.Context(m.studio))\n"
        "heavy = {'cdktf', 'checkov', 'boto3', 'pydantic', 'rich', 'jsii', 'ruamel', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_takes_little_work() -> None:
    """`studio --help` costs at most 0.3 s of processor time, the interpreter's start included."""
    studio("--help")
    before = os.times()
    assert studio("--help").returncode == 0
    after = os.times()
    spent = after.children_user - before.children_user
    spent += after.children_system - before.children_system
    assert spent < 0.3


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_each_listed_command_is_there(name: str) -> None:
    """Each row of the table names a command that can be imported and explains itself."""
    command = main.studio.get_command(click.Context(main.studio), name)
    assert command is not None
    assert command.help


def test_an_unknown_command_gets_a_suggestion() -> None:
    """A mistyped command is one line with what was probably meant, and exit code 2."""
    done = studio("plna")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "error: No such command 'plna'. Did you mean 'plan'?; try `studio --help`\n"
    )


def test_a_usage_error_in_json_is_json() -> None:
    """With --format json a failure is on stdout too, after the published schema."""
    done = studio("--format", "json", "gate", "--stage", "never")
    assert done.returncode == 2
    document = json.loads(done.stdout)
    Draft202012Validator(schema("error")).validate(document)
    assert document["error"]["exit_code"] == 2
    assert done.stderr.startswith("error: ")


def test_a_foreseen_failure_is_one_line(tmp_path: Path) -> None:
    """A failure names cause, value and fix on one line."""
    done = studio(f"--estate={ROOT / 'regions.yaml'}", "gate", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "error: there is nothing to judge; found no .studio/synth/manifest.json; fix: run"
        " `studio synth` and `studio plan` first, or name a folder with --from\n"
    )


def broken(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `studio` with a gate that fails in a way that nobody foresaw."""
    code = (
        "import sys\n"
        "import agent_studio.cli.main as m\n"
        "@m.click.command()\n"
        "def gate(): raise RuntimeError('hunter2')\n"
        "sys.modules['broken'] = type(sys)('broken'); sys.modules['broken'].gate = gate\n"
        "m.COMMANDS['gate'] = ('broken', 'gate', 'x')\n"
        "sys.argv = ['studio', *sys.argv[1:]]; m.main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **environment},
        check=False,
    )


def test_an_unforeseen_failure_leaves_a_log_without_values(tmp_path: Path) -> None:
    """The traceback goes to a private file that holds no values; the user gets one line."""
    done = broken(tmp_path, "--state-dir", "s", "gate")
    assert done.returncode == 1
    (log,) = (tmp_path / "s" / "logs").iterdir()
    assert done.stderr == (
        f"error: an internal error (RuntimeError); its traceback is in s/logs/{log.name}\n"
    )
    text = log.read_text()
    assert text.splitlines()[-1] == "RuntimeError"
    assert "hunter2" not in text.split("\n", 1)[1].replace("raise RuntimeError('hunter2')", "")
    assert log.stat().st_mode & 0o777 == 0o600


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    """STUDIO_DEBUG=1 prints the whole traceback."""
    done = broken(tmp_path, "gate", STUDIO_DEBUG="1")
    assert "Traceback (most recent call last)" in done.stderr
    assert "RuntimeError: hunter2" in done.stderr


def test_an_unforeseen_failure_in_json_is_json(tmp_path: Path) -> None:
    """What reads the output finds a JSON document even then."""
    done = broken(tmp_path, "--format=json", "gate")
    document = json.loads(done.stdout)
    Draft202012Validator(schema("error")).validate(document)
    assert document["error"]["message"].startswith("an internal error (RuntimeError)")


def test_a_closed_pipe_is_no_failure_to_tell_of() -> None:
    """A reader that goes away, as `head` does, causes no message."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [STUDIO, "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_ctrl_c_is_one_line(tmp_path: Path) -> None:
    """An interrupt ends with one line and exit code 130."""
    code = (
        "import sys, os, signal, time\n"
        "import agent_studio.cli.main as m\n"
        "@m.click.command()\n"
        "def gate():\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "sys.modules['slow'] = type(sys)('slow'); sys.modules['slow'].gate = gate\n"
        "m.COMMANDS['gate'] = ('slow', 'gate', 'x')\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.argv = ['studio', 'gate']; m.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    process.send_signal(2)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "error: interrupted\n"


def test_the_reference_is_fresh() -> None:
    """docs/reference/cli.md is what the commands say of themselves."""
    written = (ROOT / "docs" / "reference" / "cli.md").read_text()
    assert written == reference(), (
        "run: python -m agent_studio.cli.reference > docs/reference/cli.md"
    )


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_each_published_schema_is_one(path: Path) -> None:
    """Each published schema is a valid JSON Schema that names itself."""
    content = json.loads(path.read_text())
    Draft202012Validator.check_schema(content)
    assert content["$id"] == path.name


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(("estate", "check"), "estate-check"), (("estate", "show"), "estate-show")],
)
def test_outputs_keep_their_schema(arguments: tuple[str, ...], name: str) -> None:
    """The JSON of a command holds at least what its schema promises."""
    done = studio("--format", "json", *arguments, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    Draft202012Validator(schema(name)).validate(json.loads(done.stdout))
