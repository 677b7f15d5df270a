"""Steps of many cells at once: whatever becomes of one, all others are tried and told truly."""

import threading
import time
from collections.abc import Callable

import pytest
from delivery.kill.local import eventually
from hypothesis import given
from hypothesis import strategies as st

from agent_studio.delivery.kill.board import CellReport, Outcome
from agent_studio.delivery.kill.confirm import UnconfirmedError, Watch
from agent_studio.delivery.kill.plan import CellPlan, Step
from agent_studio.delivery.kill.run import run
from agent_studio.estate.errors import StudioError

NAMES = ("logins", "tokens", "epoch", "scale/a", "tokens-after")


def plan(cell: str, act: Callable[[str, Watch], object], *, strict: bool = False) -> CellPlan:
    """A cell with the steps of a kill, or with all of them in one track."""
    steps = {
        name: Step(name=name, run=lambda watch, name=name: act(name, watch))  # type: ignore[misc]
        for name in NAMES
    }
    if strict:
        return CellPlan(cell=cell, tracks=(tuple(steps.values()),), strict=True)
    return CellPlan(
        cell=cell,
        tracks=((steps["logins"], steps["tokens"]), (steps["epoch"],), (steps["scale/a"],)),
        last=(steps["tokens-after"],),
    )


def quiet(cell: str, outcome: Outcome) -> None:
    """Say nothing."""


def fine(name: str, watch: Watch) -> None:
    """A step that is confirmed at once."""


def failed(report: CellReport) -> list[str]:
    """The steps that were not confirmed."""
    return [each.name for each in report.outcomes if not each.confirmed]


@pytest.mark.parametrize(
    "error",
    [
        UnconfirmedError("refused", found="status 403", fix="sign in"),
        StudioError("refused", found="status 403", fix="sign in"),
        ValueError("hvs.secret-token"),
    ],
    ids=lambda error: type(error).__name__,
)
@given(wrong=st.sets(st.sampled_from([(c, n) for c in ("one", "two") for n in NAMES])))
def test_whatever_fails_all_others_are_tried_and_only_they_are_confirmed(
    error: Exception, wrong: set[tuple[str, str]]
) -> None:
    """Any set of steps fails, in any way: exactly those are told as not confirmed."""
    tried: set[tuple[str, str]] = set()

    def act(cell: str) -> Callable[[str, Watch], None]:
        def step(name: str, watch: Watch) -> None:
            tried.add((cell, name))
            if (cell, name) in wrong:
                raise error

        return step

    reports = run([plan(each, act(each)) for each in ("one", "two")], seconds=30, tell=quiet)
    assert tried == {(c, n) for c in ("one", "two") for n in NAMES}
    assert {(each.id, name) for each in reports for name in failed(each)} == wrong
    assert [each.confirmed for each in reports] == [
        not any(cell == each.id for cell, _ in wrong) for each in reports
    ]
    assert "hvs." not in str([each.as_json() for each in reports])


def test_an_unknown_fault_is_told_without_its_text() -> None:
    """It may hold what was sent."""

    def act(name: str, watch: Watch) -> None:
        raise RuntimeError("hvs.secret-token")

    (report,) = run([plan("one", act)], seconds=30, tell=quiet)
    fault = report.outcomes[0].fault
    assert fault is not None
    assert fault.line == (
        "an internal error; found RuntimeError; fix: run the same command again; "
        "do by hand what docs/runbooks/kill.md says"
    )


def test_a_step_that_hangs_holds_up_nothing() -> None:
    """At the deadline it is told as not confirmed, with what it saw; the others are confirmed."""
    free = threading.Event()

    def act(name: str, watch: Watch) -> None:
        if name == "epoch":
            watch.seen = "epoch 7, not 8"
            free.wait(30)

    began = time.monotonic()
    told: list[str] = []

    def tell(cell: str, outcome: Outcome) -> None:
        told.append(outcome.name)

    done = run([plan("one", act)], seconds=0.3, tell=tell)
    try:
        assert time.monotonic() - began < 10
        (report,) = done
        assert failed(report) == ["epoch", "tokens-after"]
        first, last = (each.fault for each in report.outcomes if each.fault)
        assert first.line == (
            "not confirmed within 0 s; found epoch 7, not 8; "
            "fix: run the same command again; allow more time with --deadline"
        )
        assert last.found == "not begun"
    finally:
        free.set()
    # What ends too late changes nothing that was told.
    before = list(told)
    assert not eventually(lambda: told != before, 0.2)
    assert failed(report) == ["epoch", "tokens-after"]


def test_a_request_cut_short_by_the_deadline_hides_nothing() -> None:
    """What was seen before it is told, and not that the last request had no answer."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def look() -> str:
        if not now[0]:
            return "2 replicas"
        now[0] = 2.99
        raise UnconfirmedError("did not answer", passing=True)

    with pytest.raises(UnconfirmedError, match="not confirmed within 3 s; found 2 replicas"):
        Watch(3.0, clock=lambda: now[0], sleep=sleep).until(look)


def test_a_listener_that_has_gone_stops_nothing() -> None:
    """A terminal that was closed raises at each line; every step is run all the same."""

    def gone(cell: str, outcome: Outcome) -> None:
        raise BrokenPipeError

    (report,) = run([plan("one", fine)], seconds=30, tell=gone)
    assert report.confirmed


@given(st.sampled_from(NAMES))
def test_an_undo_does_nothing_after_a_step_that_failed(first: str) -> None:
    """What comes later would let agents work, and is not tried."""
    tried: list[str] = []

    def act(name: str, watch: Watch) -> None:
        tried.append(name)
        if name == first:
            raise UnconfirmedError("refused")

    (report,) = run([plan("one", act, strict=True)], seconds=30, tell=quiet)
    at = NAMES.index(first)
    assert tried == list(NAMES[: at + 1])
    assert failed(report) == list(NAMES[at:])
    if at + 1 < len(NAMES):
        fault = report.outcomes[-1].fault
        assert fault is not None
        assert fault.line == (
            f"not tried, since a step before it was not confirmed; found {first}; "
            f"fix: see to {first} first, and run the same command again"
        )
