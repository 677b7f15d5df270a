"""`studio kill` as it is called: exit codes, what is printed where, and no secret in it."""

import json
import logging
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from delivery.kill.local import Answer, Request
from delivery.kill.world import ESTATE, World
from support.schemas import published

from agent_studio.cli.main import main
from agent_studio.delivery.kill import command
from agent_studio.estate.names import azure

CELL = "aws-eu-west-1-payments-eu"
GOOGLE = "gcp-europe-west3-research-de"
AZURE = "azure-eastus2-retail-us"


@dataclass(frozen=True)
class Done:
    """How the command ended, and what it printed."""

    code: int
    out: str
    err: str


Studio = Callable[..., Done]


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Studio:
    """Run `studio` in this process, so that the clouds can be doubles."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["studio", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)

    return run


@pytest.fixture
def kill(world: World, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Run `studio kill` in the world."""
    monkeypatch.setattr(command, "cloud_of", lambda cell, via_role: world.cloud(cell))  # noqa: ARG005
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, format_: str = "table") -> Done:
        return studio(
            *("--estate", str(world.estate_file), "--state-dir", str(world.state_dir)),
            *("--format", format_, "kill", *arguments),
        )

    return run


def test_a_kill_prints_what_was_confirmed(kill: Studio) -> None:
    """JSON alone on stdout, a line for each step on stderr, exit code 0."""
    done = kill("--cell", CELL, "--reason", "it sends data out", format_="json")
    assert done.code == 0
    document = published("kill", done.out)
    (cell,) = document["cells"]
    assert cell["id"] == CELL
    assert [(each["name"], each["confirmed"]) for each in cell["steps"]] == [
        (name, True)
        for name in (
            *("logins", "tokens", "epoch"),
            *("scale/collector", "scale/analyst", "strays", "tokens-after"),
        )
    ]
    assert document["confirmed"] is True
    lines = done.err.splitlines()
    shown = [re.sub(r"\d+\.\d s", "N s", line) for line in lines]
    assert sorted(shown) == sorted(
        f"{CELL}: {each['name']}: confirmed (N s)" for each in cell["steps"]
    )


def test_a_cell_that_is_half_done_is_told_and_a_rerun_completes_it(
    world: World, kill: Studio
) -> None:
    """Azure refuses the stop: its step is not confirmed, all else is; later the rerun confirms."""
    cell = world.cell("eastus2")
    app = azure.container_app(cell.scope, "analyst")

    def refuses(request: Request) -> Answer | None:
        if request.path.partition("?")[0].endswith("/stop"):
            return Answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
        return None

    world.azure.rule = refuses
    done = kill("--all")
    assert done.code == 1
    lines = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert lines[:1] == [
        f"error: {AZURE}: scale/analyst: Azure refused: stop the container app {app}; "
        "found status 403 AuthorizationFailed; "
        "fix: run this as somebody with the roles that docs/runbooks/kill.md names"
    ]
    assert len(lines) == 1
    assert "Kill: the whole estate" in done.out
    assert len(re.findall(r"\bNO\b", done.out)) == 1
    assert world.epoch(cell)["deny"] == ["*"]
    assert world.journal[-1]["confirmed"] is False

    world.azure.rule = lambda _: None
    assert kill("--cell", AZURE).code == 0


def test_an_undo_without_an_approver_is_refused_and_kept(world: World, kill: Studio) -> None:
    """Exit code 3, one line with who may; the journal has it; nothing is lifted."""
    assert kill("--cell", GOOGLE).code == 0
    done = kill("--undo", "--cell", GOOGLE, "--approver", "eve", "--reason", "please")
    assert done.code == 3
    assert done.out == ""
    assert done.err == (
        f"error: eve may not approve this undo; found {GOOGLE}; allowed: ada; "
        f"fix: name an approver whom {world.approvers} names for every cell\n"
    )
    assert (world.journal[-1]["event"], world.journal[-1]["approver"]) == ("refused", "eve")
    assert world.epoch(world.cell("europe-west3"))["deny"] == ["*"]

    done = kill("--undo", "--cell", GOOGLE, "--approver", "ada", "--reason", "fixed")
    assert done.code == 0
    assert "Undo of a kill: cell gcp-europe-west3-research-de" in done.out
    assert world.epoch(world.cell("europe-west3"))["deny"] == []
    assert world.epoch(world.cell("europe-west3"))["approver"] == "ada"


def test_no_secret_is_shown(
    world: World,
    kill: Studio,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Output, journal and logs at DEBUG hold no token, when it works and when clouds echo it."""
    secrets = {
        *world.environment.values(),
        str(world.log_in(world.cell("eu-west-1")).token),
        "token for https://storage.azure.com/.default",
        "token for https://management.azure.com/.default",
    }
    secrets -= {value for value in secrets if value.startswith("/")}

    def echo(request: Request) -> Answer | None:
        said = request.headers.get("authorization", "")
        return Answer(400, {"error": {"code": "Bad", "message": said}}, {"x-ms-error-code": "Bad"})

    found = ""
    with caplog.at_level(logging.DEBUG):
        done = kill("--all", "--reason", "drill")
        found += done.out + done.err
        world.azure.rule = echo
        for format_ in ("json", "table"):
            done = kill("--cell", AZURE, format_=format_)
            assert done.code == 1
            found += done.out + done.err
        monkeypatch.setenv("VAULT_TOKEN_EU", "hvs.a-wrong-token")
        secrets.add("hvs.a-wrong-token")
        done = kill("--cell", CELL)
        found += done.out + done.err
        assert done.code == 1
    for path in world.state_dir.rglob("*"):
        found += path.read_text() if path.is_file() else ""
    found += caplog.text
    found += "".join(world.epoch_text(cell) for cell in world.estate.cells)
    assert len(secrets) == 6
    assert [secret for secret in secrets if secret in found] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name exactly one of --runtime, --cell, --account and --all."),
        (["--all", "--cell", CELL], "Name exactly one of --runtime, --cell, --account and --all."),
        (["--undo", "--all"], "--undo needs --approver and --reason."),
        (["--undo", "--all", "--approver", "ada"], "--undo needs --approver and --reason."),
        (["--all", "--approver", "ada"], "--approver belongs to --undo."),
        (
            ["--all", "--deadline", "0"],
            "Invalid value for '--deadline': 0.0 is not in the range 1.0<=x<=3000.0.",
        ),
    ],
)
def test_what_makes_no_sense_is_a_mistake_in_use(
    studio: Studio, arguments: list[str], said: str
) -> None:
    """One line and exit code 2; nothing is read or done."""
    done = studio("--estate", "/nowhere", "kill", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"error: {said}; try `studio kill --help`\n"


@pytest.mark.parametrize("name", ["aws-eu-west-1-payment-eu", "../../etc", "*", ""])
def test_an_unknown_scope_is_one_line_with_what_is_allowed(
    studio: Studio, tmp_path: Path, name: str
) -> None:
    """Exit code 2, as JSON too; no journal is begun."""
    state = tmp_path / ".studio"
    done = studio(
        *("--estate", str(ESTATE), "--state-dir", str(state), "--format", "json"),
        *("kill", "--cell", name),
    )
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert line.startswith(f"error: the estate has no such cell; found {name or 'an empty name'}; ")
    assert f"{AZURE}, {GOOGLE}" in line or f"{GOOGLE}, {AZURE}" in line
    assert json.loads(done.out)["error"]["exit_code"] == 2
    assert not state.exists()
