"""The wanted stacks of an estate in one cdktf app."""

from collections.abc import Iterable
from pathlib import Path

from cdktf import App

from agent_studio.estate import Estate, Layer, StackRef
from agent_studio.stacks.cell import CellStack
from agent_studio.stacks.core import CoreStack
from agent_studio.stacks.guardrails import GuardrailsStack


def build(estate: Estate, chosen: Iterable[StackRef], *, out: Path | None = None) -> App:
    """Construct the chosen stacks; `synth()` on the result writes them.

    Args:
        estate: the estate.
        chosen: what `selection.select` gave.
        out: the output folder; None takes CDKTF_OUTDIR, else `cdktf.out`.
    """
    app = App(outdir=str(out)) if out else App()
    cells = {cell.stack: cell for cell in estate.cells}
    accounts = {estate.guardrails_scope(account).stack: account for account in estate.accounts}
    for ref in chosen:
        match ref.layer:
            case Layer.CORE:
                CoreStack(app, estate=estate)
            case Layer.GUARDRAILS:
                GuardrailsStack(app, estate=estate, account=accounts[ref.name])
            case Layer.CELL:
                CellStack(app, cell=cells[ref.name], core=estate.core_scope)
    return app
