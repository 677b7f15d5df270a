"""The journal of kills: complete, private, only added to, and read whatever became of it."""

import json
import os
import pwd
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.delivery.kill.journal import Journal, who
from agent_studio.estate.errors import StudioError


def test_a_line_is_private_and_stays(tmp_path: Path) -> None:
    """Nobody else reads it, and what stands is never written over."""
    path = tmp_path / "kill" / "journal.jsonl"
    Journal(path, "one").write("begin", reason="a\nb\x1b[31m")
    before = path.read_bytes()
    Journal(path, "two").write("begin")
    assert path.read_bytes().startswith(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["one", "two"]
    assert b"\x1b" not in before


def test_nobody_is_somebody_else_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system says who kills, or the user's number where it has no name."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "ada")
    assert who() == f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert who() == f"uid-{2**31 - 7}@{socket.gethostname()}"


def test_a_line_that_was_cut_short_spoils_no_other(tmp_path: Path) -> None:
    """A machine that stopped in the middle of a line; the next begins on a line of its own."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, "one")
    journal.write("begin")
    with path.open("a") as file:
        file.write('{"id": "one", "ev')
    journal.write("end")
    assert [entry["event"] for entry in journal.entries()] == ["begin", "end"]


def test_two_that_write_at_once_mix_no_lines(tmp_path: Path) -> None:
    """Lines are whole, and all there."""
    path = tmp_path / "journal.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Journal(path, str(n)).write("begin", x="y" * 5000), range(40)))
    ids = sorted(int(entry["id"]) for entry in Journal(path).entries())
    assert ids == list(range(40))


@given(st.lists(st.binary(max_size=40)))
def test_any_file_is_read(lines: list[bytes]) -> None:
    """What is no line of a journal is passed by."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        path.write_bytes(b"\n".join(lines))
        assert isinstance(dict(Journal(path).former()), dict)


def test_where_a_role_took_logins_is_the_last_that_was_written(tmp_path: Path) -> None:
    """Lines that lack something are passed by."""
    journal = Journal(tmp_path / "journal.jsonl")
    assert journal.former() == {}
    journal.write("former", role="EU/a", networks=["10.0.0.0/8"])
    journal.write("former", role="EU/a", networks=["10.1.0.0/16"])
    journal.write("former", role="EU/b")
    journal.write("former", networks=[])
    assert journal.former() == {"EU/a": ["10.1.0.0/16"]}


def test_a_journal_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """In one line, with what to do."""
    (tmp_path / "kill").write_text("a file")
    with pytest.raises(StudioError, match="can't be written") as raised:
        Journal(tmp_path / "kill" / "journal.jsonl").write("begin")
    assert raised.value.fix == "name a folder that can be written with --state-dir"
