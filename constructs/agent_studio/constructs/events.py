"""What the agent runtime logs, as every cloud's alarms read it.

Each log line is one JSON object. `event` names what happened; the fields of each event are below.
The runtime emits exactly these names in every cloud: renaming one silences an alarm.
"""

from dataclasses import dataclass

EVENT = "event"
"""The field that names what happened."""

RUNTIME = "runtime"
"""The field that names the runtime profile."""

BUDGET_FRACTION = "budget_fraction"
"""In `budget.burn`: what is spent of the day's budget, from 0; 1 is all of it."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event that raises an alarm.

    Attributes:
        id: the id of its metric and alarm.
        event: the value of `event`.
        title: what a person reads.
        period_seconds: the alarm's period.
        field: the field whose largest value counts; None counts events.
    """

    id: str
    event: str
    title: str
    period_seconds: int
    field: str | None = None


POLICY_DENIALS = Event(
    id="policy-denials", event="policy.denied", title="Policy denials", period_seconds=300
)
BUDGET_BURN = Event(
    id="budget-burn",
    event="budget.burn",
    title="Budget spent, as a fraction of the day's",
    period_seconds=300,
    field=BUDGET_FRACTION,
)
KILLS = Event(id="kills", event="agent.killed", title="Agents killed", period_seconds=60)
