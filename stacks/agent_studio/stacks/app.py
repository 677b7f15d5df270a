"""The wanted stacks of an estate in one cdktf app."""

from collections.abc import Iterable
from dataclasses import dataclass

from cdktf import App

from agent_studio.estate import Estate, Layer, StackRef
from agent_studio.estate.errors import StudioError
from agent_studio.stacks.clouds import CELLS, CORES, GUARDRAILS
from agent_studio.stacks.regions import open_regions


@dataclass(frozen=True, kw_only=True)
class FailedStack:
    """A stack that could not be built.

    Attributes:
        stack: its name.
        error: what was wrong.
    """

    stack: str
    error: Exception


def build(
    estate: Estate, chosen: Iterable[StackRef], *, out: str | None = None
) -> tuple[App, tuple[FailedStack, ...]]:
    """Construct the chosen stacks; `synth()` on the app writes those that could be built.

    One stack's failure leaves the others as they are, so that every failure is seen at once.

    Args:
        estate: the estate.
        chosen: what `selection.select` gave.
        out: the output folder; None takes CDKTF_OUTDIR, else `cdktf.out`.
    """
    app = App(outdir=out) if out else App()
    failures = []
    for ref in chosen:
        try:
            _add(app, estate, ref)
        except (StudioError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # jsii reports what its Node side threw as RuntimeError.
            app.node.try_remove_child(ref.name)
            failures.append(FailedStack(stack=ref.name, error=error))
    return app, tuple(failures)


def _add(app: App, estate: Estate, ref: StackRef) -> None:
    match ref.layer:
        case Layer.CORE:
            CORES[ref.cloud]()(app, estate=estate)
        case Layer.GUARDRAILS:
            account = next(
                each for each in estate.accounts if estate.guardrails_scope(each).stack == ref.name
            )
            GUARDRAILS[ref.cloud]()(
                app,
                place=ref.scope,
                account=account,
                regions=open_regions(estate, account),
                ci=estate.spec.ci,
                core=estate.core_scope,
            )
        case Layer.CELL:
            cell = next(each for each in estate.cells if each.stack == ref.name)
            CELLS[ref.cloud]()(app, cell=cell, core=estate.core_scope)
