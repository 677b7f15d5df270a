"""A toy provider on a package index of its own."""

from pathlib import Path

import pytest
from support.toy_provider import Toy, make_toy


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """Give the toy provider, and let pip see it and nothing else."""
    made = make_toy(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.index))
    return made
