"""What the agent runtime logs, as the cell's metric filters read it.

Each log line is one JSON object. `event` names what happened; the fields of each event are below.
The runtime emits exactly these names: renaming one silences an alarm.
"""

from dataclasses import dataclass

EVENT = "event"
"""The field that names what happened."""

RUNTIME = "runtime"
"""The field that names the runtime profile."""

BUDGET_FRACTION = "budget_fraction"
"""In `budget.burn`: what is spent of the day's budget, from 0; 1 is all of it."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """An event that raises an alarm.

    Attributes:
        id: the id of its filter and alarm.
        event: the value of `event`.
        metric: the metric's name.
        title: what a person reads.
        statistic: how the alarm sums up a period: `Sum` or `Maximum`.
        threshold: the alarm sounds at this value or above.
        period_seconds: the alarm's period.
        value: what one event adds to the metric: a number, or a field of the event.
    """

    id: str
    event: str
    metric: str
    title: str
    statistic: str
    threshold: float
    period_seconds: int
    value: str = "1"

    @property
    def pattern(self) -> str:
        """The filter pattern (CloudWatch Logs User Guide, "Filter pattern syntax")."""
        return f'{{ $.{EVENT} = "{self.event}" }}'


SIGNALS = (
    Signal(
        id="policy-denials",
        event="policy.denied",
        metric="PolicyDenials",
        title="Policy denials",
        statistic="Sum",
        threshold=10,
        period_seconds=300,
    ),
    Signal(
        id="budget-burn",
        event="budget.burn",
        metric="BudgetBurn",
        title="Budget spent, as a fraction of the day's",
        statistic="Maximum",
        threshold=0.8,
        period_seconds=300,
        value=f"$.{BUDGET_FRACTION}",
    ),
    Signal(
        id="kills",
        event="agent.killed",
        metric="Kills",
        title="Agents killed",
        statistic="Sum",
        threshold=1,
        period_seconds=60,
    ),
)
"""Every event that raises an alarm."""
