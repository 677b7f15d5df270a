"""When the events of the agent runtime raise an alarm in Azure Monitor."""

from dataclasses import asdict, dataclass

from agent_studio.constructs.events import BUDGET_BURN, KILLS, POLICY_DENIALS, Event


@dataclass(frozen=True, kw_only=True)
class Signal(Event):
    """An event with its alarm.

    Attributes:
        above: the alarm sounds above this value of a period.
    """

    above: float


SIGNALS = (
    Signal(**asdict(POLICY_DENIALS), above=9),
    # At 0.8 as well, as on AWS.
    Signal(**asdict(BUDGET_BURN), above=0.799),
    Signal(**asdict(KILLS), above=0),
)
"""Every event that raises an alarm."""
