"""A finding points at Python where the app recorded it, and at the stack's file where not."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent_studio.policies.places import Synthesized

ADDRESS = "aws_s3_bucket.store"
LINE = "constructs/agent_studio/constructs/aws/store.py:12"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A stack of one bucket."""
    metadata = {"path": "cell/store", "uniqueId": "store"}
    content = {"resource": {"aws_s3_bucket": {"store": {"//": {"metadata": metadata}}}}}
    path = tmp_path / "cdk.tf.json"
    path.write_text(json.dumps(content))
    return path


def write(stack: Path, sources: Any, version: Any = 1) -> None:
    """Write the lines beside the stack."""
    document = {"version": version, "sources": sources}
    stack.with_name("sources.json").write_text(json.dumps(document))


def test_the_recorded_line_is_the_source(stack: Path) -> None:
    """Instances of a block with an index come from the same line."""
    write(stack, {"cell/store": LINE})
    read = Synthesized.read(stack)
    assert read.source(ADDRESS) == LINE
    assert read.source(f'{ADDRESS}["a"]') == LINE
    assert read.construct(ADDRESS) == "cell/store"


@pytest.mark.parametrize(
    ("sources", "version"),
    [
        ({}, 1),
        ({"cell/store": LINE}, 2),
        ({"cell/store": 12}, 1),
        ({"cell/store": "store.py:0"}, 1),
        ({"cell/store": "store.py\n:12"}, 1),
        ({"cell/store": "x" * 2000 + ".py:1"}, 1),
        ({"cell/store": LINE, "cell/other": None}, 1),
        ([LINE], 1),
        (None, 1),
    ],
)
def test_odd_lines_are_passed_by(stack: Path, sources: Any, version: Any) -> None:
    """What is not as the app writes it counts as missing, as a whole."""
    write(stack, sources, version)
    assert Synthesized.read(stack).source(ADDRESS) == f"{stack}:1"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"version": 1, "version": 1}'])
def test_a_broken_file_is_passed_by(stack: Path, content: bytes) -> None:
    """The stack is judged as before; only the place to look at is another."""
    stack.with_name("sources.json").write_bytes(content)
    assert Synthesized.read(stack).source(ADDRESS) == f"{stack}:1"


def test_a_pipe_does_not_hang(stack: Path) -> None:
    """Something that is no regular file is passed by."""
    import os

    os.mkfifo(stack.with_name("sources.json"))
    assert Synthesized.read(stack).source(ADDRESS) == f"{stack}:1"
