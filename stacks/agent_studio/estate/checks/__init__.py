"""Checks of what a well-formed estate file means; each finding is one named function's problem."""

from collections.abc import Iterator

from agent_studio.estate.draft import Draft
from agent_studio.estate.problems import Problem


def check(draft: Draft) -> Iterator[Problem]:
    """Run every check over what of the file could be read."""
    yield from ()
