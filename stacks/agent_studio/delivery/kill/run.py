"""Run the steps of all cells at once, within a deadline that nothing can hold up."""

import threading
from collections.abc import Iterable

from agent_studio.delivery.kill.board import Board, CellReport, Tell
from agent_studio.delivery.kill.confirm import UnconfirmedError, Watch
from agent_studio.delivery.kill.plan import CellPlan, Step
from agent_studio.estate.errors import StudioError

_GRACE_SECONDS = 0.5
"""How long after the deadline a step may still say what it saw last."""


def run(plans: Iterable[CellPlan], *, seconds: float, tell: Tell) -> tuple[CellReport, ...]:
    """Run the plans of all cells beside each other.

    The threads are daemons: one that hangs, in a resolver or a library, holds up neither the report
    nor the end of the process.

    Args:
        plans: the steps of each cell.
        seconds: the deadline, from now.
        tell: called after each step.

    Returns:
        How every step ended; one that has not by then is not confirmed.
    """
    found = tuple(plans)
    board = Board({plan.cell: plan.names for plan in found}, tell)
    watch = Watch(seconds)
    for plan in found:
        _start(_cell, plan, board, watch)
    board.wait(seconds + _GRACE_SECONDS)

    def late(seen: str) -> UnconfirmedError:
        own = Watch(seconds)
        own.seen = seen
        return own.late()

    return board.close(late)


def _cell(plan: CellPlan, board: Board, watch: Watch) -> None:
    threads = [_start(_track, plan, track, board, watch) for track in plan.tracks]
    for thread in threads:
        thread.join()
    _track(plan, plan.last, board, watch)


def _track(plan: CellPlan, track: tuple[Step, ...], board: Board, outer: Watch) -> None:
    failed: str | None = None
    for step in track:
        watch = outer.within(outer.left)
        watch.seconds = outer.seconds
        board.begin(plan.cell, step.name, lambda watch=watch: watch.seen or "no answer")  # type: ignore[misc]
        if failed is not None and plan.strict:
            fault: UnconfirmedError | None = UnconfirmedError(
                "not tried, since a step before it was not confirmed",
                found=failed,
                fix=f"see to {failed} first, and run the same command again",
            )
        else:
            fault = _done(step, watch)
        board.end(plan.cell, step.name, fault)
        if fault is not None:
            failed = failed or step.name


def _done(step: Step, watch: Watch) -> UnconfirmedError | None:
    """Run a step; give why it is not confirmed, or None."""
    try:
        step.run(watch)
    except UnconfirmedError as fault:
        return fault
    except StudioError as error:
        return UnconfirmedError(error.cause, found=error.found, fix=error.fix)
    except Exception as error:  # noqa: BLE001 - a step that breaks must not end the others
        # Never its text: it may hold what was sent.
        return UnconfirmedError(
            "an internal error",
            found=type(error).__name__,
            fix="run the same command again; do by hand what docs/runbooks/kill.md says",
        )
    return None


def _start(target: object, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread
