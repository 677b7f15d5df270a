"""Stacks of cells that the shared examples do not cover."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.aws_cells import CORE, Stack

from agent_studio.estate import Cell


@pytest.fixture(scope="session")
def stack_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Cell], Stack]:
    """Synthesize the stack of any cell."""

    def synthesize(cell: Cell) -> Stack:
        from cdktf import App

        from agent_studio.stacks.cell import CellStack

        folder = tmp_path_factory.mktemp("stack")
        app = App(outdir=str(folder))
        CellStack(app, cell=cell, core=CORE)
        app.synth()
        written = folder / "stacks" / cell.stack / "cdk.tf.json"
        return Stack(json.loads(Path(written).read_text(encoding="utf-8")))

    return synthesize
