"""What the agent runtime logs, as the cell's log-based metrics read it.

Each log line is one JSON object. `event` names what happened; the fields of each event are below.
The runtime emits exactly these names in every cloud: renaming one silences an alarm.
"""

from dataclasses import dataclass

EVENT = "event"
"""The field that names what happened."""

BUDGET_FRACTION = "budget_fraction"
"""In `budget.burn`: what is spent of the day's budget, from 0; 1 is all of it."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """An event that raises an alarm.

    Attributes:
        id: the id of its metric and alarm.
        event: the value of `event`.
        title: what a person reads.
        above: the alarm sounds above this value of a period.
        period_seconds: the alarm's period.
        field: the field whose largest value counts; None counts events.
    """

    id: str
    event: str
    title: str
    above: float
    period_seconds: int
    field: str | None = None


SIGNALS = (
    Signal(
        id="policy-denials",
        event="policy.denied",
        title="Policy denials",
        above=9,
        period_seconds=300,
    ),
    Signal(
        id="budget-burn",
        event="budget.burn",
        title="Budget spent, as a fraction of the day's",
        # A distribution knows a value by its bucket, and this one begins at 0.775: early rather
        # than late.
        above=0.775,
        period_seconds=300,
        field=BUDGET_FRACTION,
    ),
    Signal(
        id="kills",
        event="agent.killed",
        title="Agents killed",
        above=0,
        period_seconds=60,
    ),
)
"""Every event that raises an alarm."""
