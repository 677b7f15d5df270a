"""Every fragment of `regions.yaml` in the documentation loads."""

from pathlib import Path

import pytest
from support.markdown import Block, blocks

from agent_studio.estate.loader import load_estate


@pytest.mark.parametrize("block", [b for b in blocks("yaml") if "version: 1" in b.text], ids=str)
def test_every_whole_estate_in_the_docs_loads(block: Block, tmp_path: Path) -> None:
    """A YAML block that starts with the file's version is an estate without a mistake."""
    file = tmp_path / "regions.yaml"
    file.write_text(block.text, encoding="utf-8")
    assert load_estate(file).cells
