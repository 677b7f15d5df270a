"""What is asked of a cell's logs, in Kusto.

Source: Azure Monitor Logs reference, "ContainerAppConsoleLogs".
"""

from agent_studio.constructs.azure.logs.events import Signal
from agent_studio.constructs.events import EVENT

CONSOLE = "ContainerAppConsoleLogs"
"""The table of what containers write."""

SYSTEM = "ContainerAppSystemLogs"
"""The table of what the platform says of them."""

VALUE = "value"
"""The column of a signal's measurements."""


def of_signal(signal: Signal) -> str:
    """Give the query for a signal's lines, with its field as `value` where it has one."""
    lines = f'{CONSOLE} | extend line = parse_json(Log) | where line.{EVENT} == "{signal.event}"'
    if signal.field is None:
        return lines
    return f"{lines} | extend {VALUE} = todouble(line.{signal.field})"


def of_period(signal: Signal) -> str:
    """Give the query that draws a signal over time."""
    measured = "count()" if signal.field is None else f"max({VALUE})"
    seconds = signal.period_seconds
    return f"{of_signal(signal)} | summarize {measured} by bin(TimeGenerated, {seconds}s)"
