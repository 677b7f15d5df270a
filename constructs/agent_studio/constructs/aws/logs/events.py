"""When the events of the agent runtime raise an alarm in CloudWatch."""

from dataclasses import asdict, dataclass

from agent_studio.constructs.events import BUDGET_BURN, EVENT, KILLS, POLICY_DENIALS, Event


@dataclass(frozen=True, kw_only=True)
class Signal(Event):
    """An event with its metric and its alarm.

    Attributes:
        metric: the metric's name.
        statistic: how the alarm sums up a period: `Sum` or `Maximum`.
        threshold: the alarm sounds at this value or above.
    """

    metric: str
    statistic: str
    threshold: float

    @property
    def pattern(self) -> str:
        """The filter pattern (CloudWatch Logs User Guide, "Filter pattern syntax")."""
        return f'{{ $.{EVENT} = "{self.event}" }}'

    @property
    def value(self) -> str:
        """What one event adds to the metric: a number, or a field of the event."""
        return "1" if self.field is None else f"$.{self.field}"


SIGNALS = (
    Signal(**asdict(POLICY_DENIALS), metric="PolicyDenials", statistic="Sum", threshold=10),
    Signal(**asdict(BUDGET_BURN), metric="BudgetBurn", statistic="Maximum", threshold=0.8),
    Signal(**asdict(KILLS), metric="Kills", statistic="Sum", threshold=1),
)
"""Every event that raises an alarm."""
