"""An estate over three clouds, and ways to spoil it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_studio.estate.loader import load_text
from agent_studio.estate.model import Estate
from agent_studio.estate.problems import EstateInvalid, Problem

EXAMPLE = Path(__file__).with_name("example.yaml")


@pytest.fixture(scope="session")
def example() -> str:
    """The text of a valid estate over three clouds."""
    return EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def estate(example: str) -> Estate:
    """The estate of `example`."""
    return load_text("regions.yaml", example)


@pytest.fixture(scope="session")
def problems_of(example: str) -> Callable[..., tuple[Problem, ...]]:
    """Give the problems of the example once some of its text is replaced."""

    def find(*replacements: tuple[str, str]) -> tuple[Problem, ...]:
        text = example
        for old, new in replacements:
            assert text.count(old) >= 1, f"the example holds no {old!r}"
            text = text.replace(old, new, 1)
        try:
            load_text("regions.yaml", text)
        except EstateInvalid as invalid:
            return invalid.problems
        return ()

    return find
