"""Malformed, hostile and random estate files: problems, never tracebacks."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent_studio.estate.loader import load_estate, load_text
from agent_studio.estate.problems import EstateInvalid, Problem

EXAMPLE = Path(__file__).with_name("example.yaml").read_text(encoding="utf-8")

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

KEYS = st.sampled_from(
    """version studio core vault data_classes runtimes accounts regions region account domain
    network clusters isolation residency crossing cpu memory max_instances egress models budget
    cloud id owner tenant enabled_regions replicate platform aws/eu-west-1 gcp/europe-west3 EU
    public x""".split()  # noqa: SIM905 - a list of words reads better so
) | st.text(max_size=8)
WORDS = st.sampled_from(
    [
        "aws",
        "10.16.0.0/20",
        "2GiB",
        "bedrock/eu.a.b",
        "vertex//x",
        "azure/Standard/",
        "[]",
        "{}",
        "- a",
        "https://[",
        "https://a:99999",
        "*.",
        ".",
        "::1",
        "\u202e",
        "a" * 300,
        "é.example",
        "0x1f",
        "1e400",
    ]
) | st.text(max_size=12)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
TREES = st.recursive(
    LEAVES,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=6),
    max_leaves=25,
)


def answer(text: str) -> None:
    """Load a text; every problem must stand in the text and be one line."""
    problems: tuple[Problem, ...] = ()
    try:
        load_text("regions.yaml", text)
    except EstateInvalid as invalid:
        problems = invalid.problems
    lines = text.count("\n") + text.count("\r") + 1
    for problem in problems:
        line = problem.text("regions.yaml")
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert line.isprintable(), line
        assert len(line) < 3000
        assert json.loads(json.dumps(problem.as_dict()))["line"] == problem.line


@QUICK
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@example("%TAG ! tag:a,2000:\n---\n! a")
@example("a: |9\n b")
@example("? ")
@example("&a")
@example("%YAML 99999999999999999999.1\n---\na: b")
def test_random_text_gives_problems(text: str) -> None:
    """Any text at all is answered by problems."""
    answer(text)


@QUICK
@given(st.lists(st.sampled_from(list("{}[]:,-?&*!|>'\"%@`#\n \tab1~")), max_size=60).map("".join))
def test_random_punctuation_gives_problems(text: str) -> None:
    """The signs of YAML in any order are answered by problems."""
    answer(text)


@QUICK
@given(TREES)
def test_random_trees_give_problems(tree: object) -> None:
    """Well-formed YAML of any shape is answered by problems."""
    answer(json.dumps(tree, ensure_ascii=False, allow_nan=True))


@QUICK
@given(st.data())
def test_a_replaced_value_gives_problems_or_an_estate(data: st.DataObject) -> None:
    """The example with any one of its lines' values replaced is answered."""
    lines = EXAMPLE.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    head, colon, _ = lines[number].partition(":")
    value = json.dumps(data.draw(TREES), ensure_ascii=False)
    lines[number] = f"{head}{colon} {value}"
    answer("\n".join(lines))


@QUICK
@given(st.data())
def test_a_mutated_example_gives_problems_or_an_estate(data: st.DataObject) -> None:
    """The example with a piece deleted, repeated or overwritten anywhere is answered."""
    start = data.draw(st.integers(0, len(EXAMPLE)))
    length = data.draw(st.integers(0, 40))
    piece = data.draw(
        st.just("")
        | st.text(alphabet=st.characters(codec="utf-8"), max_size=6)
        | st.integers(0, len(EXAMPLE) - 50).map(lambda i: EXAMPLE[i : i + 50])
    )
    answer(EXAMPLE[:start] + piece + EXAMPLE[start + length :])


@QUICK
@given(data=st.binary(max_size=200))
def test_random_bytes_give_problems(tmp_path: Path, data: bytes) -> None:
    """A file of any bytes is answered by problems."""
    file = tmp_path / "regions.yaml"
    file.write_bytes(data)
    with pytest.raises(EstateInvalid):
        load_estate(file)


def _cells(count: int) -> str:
    """Give an estate of many accounts with a cell each, all in one region."""
    accounts = "".join(
        f"  a{i}: {{cloud: aws, id: '{i + 500000000000}', owner: team}}\n" for i in range(count)
    )
    cells = "".join(
        f"    a{i}: {{network: 10.{1 + i // 256}.{i % 256}.0/24, runtimes: [collector]}}\n"
        for i in range(count)
    )
    head = EXAMPLE[: EXAMPLE.index("regions:\n")].replace("accounts:\n", f"accounts:\n{accounts}")
    return f"{head}regions:\n  aws/eu-west-1:\n{cells}"


def test_an_estate_of_a_thousand_cells_loads_in_seconds() -> None:
    """Loading stays linear: a thousand cells take seconds, not minutes."""
    text = _cells(1000)
    started = time.process_time()
    estate = load_text("regions.yaml", text)
    assert len(estate.cells) == 1000
    assert time.process_time() - started < 15


def test_thousands_of_mistakes_are_all_told() -> None:
    """A mistake in every one of five hundred cells gives five hundred problems."""
    with pytest.raises(EstateInvalid) as caught:
        load_text(
            "regions.yaml", _cells(500).replace("runtimes: [collector]", "runtimes: [colector]")
        )
    assert len(caught.value.problems) == 500


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: '" + "x" * 100_000,
        "a: " + "x " * 100_000,
        "- " * 100_000,
        "a:\n" * 100_000,
        "&a " * 60_000,
        "? " * 100_000,
        "a: " + "- " * 100_000,
        "!" * 100_000,
        "%" * 100_000,
        "#" * 100_000,
        "\n" * 100_000,
        "a: {" + "b, " * 60_000,
        "a: [" + "1, " * 60_000,
        "".join(f"k{i}: v\n" for i in range(15_000)),
        ", " * 100_000,
        'a: "' + "\\u0041" * 100_000,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_large_hostile_texts_are_answered_within_bounds(text: str) -> None:
    """Large texts, shaped to tire a parser, are answered within bounds."""
    started = time.process_time()
    with pytest.raises(EstateInvalid):
        load_text("regions.yaml", text)
    assert time.process_time() - started < 30
