"""What an interrupted apply left is told from what is someone else's."""

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from agent_studio.delivery.engine import Engine
from agent_studio.delivery.engine.messages import Diagnostic, Messages, read_messages
from agent_studio.delivery.files import read_json, write_json
from agent_studio.delivery.host import Host, this_host
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.planning import refuse_while_applied
from agent_studio.delivery.recovery.interrupted import open_ends
from agent_studio.delivery.recovery.locks import Lock, held_lock, release
from agent_studio.delivery.recovery.replan import gone_imports
from agent_studio.delivery.toolchain import Toolchain
from agent_studio.estate.errors import StudioError

LOCK = Lock(
    id="11111111-2222-3333-4444-555555555555",
    path="state/cell-a.tfstate",
    operation="OperationTypeApply",
    who="ann@laptop",
    created="2026-11-22 22:00:00 +0000 UTC",
)


@pytest.fixture
def tools(tmp_path: Path) -> Toolchain:
    """A toolchain whose engine notes its arguments and succeeds."""
    (tmp_path / "work" / "cell-a").mkdir(parents=True)
    engine = Engine(
        ("/bin/sh", "-c", 'echo "$@" > called', "engine"), "terraform", "1.11.4", "PATH"
    )
    layout = Layout(tmp_path)
    layout.cli_config.write_text("")
    return Toolchain(engine=engine, layout=layout, overlay=None, downloads=False)


def _step(
    tools: Toolchain, *, pid: int = 1, host: Host | None = None, log: str = "", out: str = ""
) -> Path:
    folder = tools.layout.runs / "20261122T000000-abcdef" / "cell-a.00-apply"
    intent = {"stack": "cell-a", "kind": "apply", "time": 1.0, "digest": "d", "plan_sha256": "s"}
    write_json(folder / "intent.json", intent)
    child = {"pid": pid, "started": 1.0, "host": asdict(host or this_host())}
    write_json(folder / "child.json", child)
    (folder / "engine.log").write_text(log)
    (folder / "stdout").write_text(out)
    return folder


def _release(tools: Toolchain) -> None:
    release(tools, stack="cell-a", work=tools.layout.work("cell-a"), lock=LOCK)


def test_the_lock_of_a_dead_apply_of_ours_is_released(tools: Toolchain) -> None:
    """The lock's id stands in our dead engine's own log: it is released."""
    _step(tools, log=f"Locked: tf_backend.lock.id={LOCK.id} tf_backend.lock.info=")
    _release(tools)
    called = (tools.layout.work("cell-a") / "called").read_text()
    assert called == f"force-unlock -force {LOCK.id}\n"


def test_a_lock_of_someone_else_is_explained_and_kept(tools: Toolchain) -> None:
    """A lock that no engine of ours took is never released; the line says whose it is."""
    _step(tools, log="tf_backend.lock.id=99999999-2222-3333-4444-555555555555")
    with pytest.raises(StudioError) as error:
        _release(tools)
    work = tools.layout.work("cell-a")
    assert "locked by ann@laptop since 2026-11-22 22:00:00 +0000 UTC" in error.value.line
    assert f"-chdir={work} force-unlock {LOCK.id}`" in error.value.line
    assert not (work / "called").exists()


def test_the_lock_of_an_apply_on_another_machine_is_kept(tools: Toolchain) -> None:
    """Whether a process lives can be told on its own machine alone."""
    _step(tools, host=Host("ci-7", "other", "boot"), log=f"tf_backend.lock.id={LOCK.id}")
    with pytest.raises(StudioError, match="an apply on ci-7"):
        _release(tools)


def test_the_lock_of_a_living_apply_is_kept(tools: Toolchain) -> None:
    """A holder that still runs keeps its lock."""
    import psutil

    folder = _step(tools, pid=os.getpid(), log=f"tf_backend.lock.id={LOCK.id}")
    child = read_json(folder / "child.json")
    write_json(
        folder / "child.json", {**child, "started": psutil.Process(os.getpid()).create_time()}
    )
    with pytest.raises(StudioError, match="which still runs"):
        _release(tools)


def test_a_lock_is_read_from_what_the_engine_says(tmp_path: Path) -> None:
    """Id, holder and time come from the engine's own error."""
    log = tmp_path / "stdout"
    log.write_text(
        '{"type":"diagnostic","diagnostic":{"severity":"error","summary":'
        '"Error acquiring the state lock","detail":"Lock Info:\\n  ID:        abc\\n'
        "  Path:      b/k\\n  Operation: OperationTypePlan\\n  Who:       root@h\\n"
        '  Version:   1.11.4\\n  Created:   2026-11-22\\n  Info:      \\n"}}\n'
    )
    found = held_lock(read_messages(log))
    assert found == Lock("abc", "b/k", "OperationTypePlan", "root@h", "2026-11-22")
    assert held_lock(Messages()) is None


def test_an_orphan_that_finished_gives_its_result(tools: Toolchain) -> None:
    """An engine that outlived `studio` and came to its end is not run again."""
    folder = _step(tools, out='{"type":"change_summary","changes":{"operation":"apply"}}\n')
    told: list[str] = []
    assert open_ends(tools, "cell-a", tell=told.append) is None
    assert told == ["cell-a: an earlier apply had finished; its result is taken"]
    assert read_json(folder / "outcome.json")["status"] == "applied"
    assert read_json(tools.layout.applied("cell-a"))["digest"] == "d"


def test_an_engine_that_was_killed_leaves_what_it_began(tools: Toolchain) -> None:
    """What was begun and what was finished are read from the dead engine's output."""
    start = '{"type":"apply_start","hook":{"action":"create","resource":{"addr":"aws_vpc.%s"}}}\n'
    done = (
        '{"type":"apply_complete","hook":{"action":"create","resource":{"addr":"aws_vpc.a"},'
        '"id_key":"id","id_value":"vpc-1"}}\n'
    )
    _step(tools, out=start % "a" + start % "b" + done)
    left = open_ends(tools, "cell-a", tell=lambda _: None)
    assert left is not None
    assert left.started == {"aws_vpc.a", "aws_vpc.b"}
    assert left.created == {"aws_vpc.a": "vpc-1"}


def test_an_unsettled_apply_of_another_machine_stops_this_one(tools: Toolchain) -> None:
    """Only the machine that ran it can settle an apply."""
    _step(tools, host=Host("ci-7", "other", "boot"))
    with pytest.raises(StudioError, match="an apply on ci-7 has not been settled"):
        open_ends(tools, "cell-a", tell=lambda _: None)


def test_a_stack_whose_engine_still_works_is_not_planned(tools: Toolchain) -> None:
    """Planning would rewrite the files that a running apply works on."""
    import psutil

    folder = _step(tools, pid=os.getpid())
    child = read_json(folder / "child.json")
    started = psutil.Process(os.getpid()).create_time()
    write_json(folder / "child.json", {**child, "started": started})
    with pytest.raises(
        StudioError, match=f"an apply of it still runs; found process {os.getpid()}"
    ):
        refuse_while_applied(tools, "cell-a")


@pytest.mark.parametrize(
    ("address", "text", "gone"),
    [
        ("aws_iam_role.a", "Cannot import non-existent remote object", {"aws_iam_role.a"}),
        (None, "No association found between route table ID rtb-1 and target ID s-1", {"aws_x.b"}),
        (None, "No association found between route table ID rtb-11 and target ID s-1", set()),
        ("aws_iam_role.a", "AccessDenied: not authorized", set()),
    ],
)
def test_an_import_of_nothing_is_told_from_other_errors(
    address: str | None, text: str, gone: set[str]
) -> None:
    """Absence drops the import it is about; anything else stops the recovery."""
    messages = Messages([Diagnostic("error", text, "", address)])
    assert gone_imports(messages, {"aws_iam_role.a": "r", "aws_x.b": "s-1/rtb-1"}) == gone
