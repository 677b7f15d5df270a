"""What a rehearsal found out, as tables on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent_studio.rehearsal.outcome import Outcome

_LOG_WIDTH = 160
"""Columns where no terminal says how many there are, as in a log."""
_STYLE = {"passed": "green", "failed": "bold red", "skipped": "dim"}


def show(outcome: Outcome, console: Console | None = None) -> None:
    """Print the tables of steps, stacks and drift, and the verdict.

    Args:
        outcome: what was found out.
        console: where to; standard output by default.
    """
    console = console or Console()
    if not console.is_terminal and console.width < _LOG_WIDTH:
        console = Console(width=_LOG_WIDTH)
    console.print(_steps(outcome))
    if outcome.stacks:
        console.print(_stacks(outcome))
    if outcome.attempts:
        console.print(_attempts(outcome))
    if outcome.drifted:
        console.print(_drift(outcome))
    word = "passed" if outcome.passed else "failed"
    console.print(Text(f"rehearsal {word} in {outcome.seconds:.0f} s", style=_STYLE[word]))


def _table(title: str, *columns: str, numbers: tuple[str, ...] = ()) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    return table


def _steps(outcome: Outcome) -> Table:
    table = _table("Steps", "step", "result", "seconds", "what was found", numbers=("seconds",))
    for step in outcome.steps:
        result = Text(step.status, style=_STYLE[step.status])
        table.add_row(step.name, result, f"{step.seconds:.1f}", Text(step.detail))
    return table


def _stacks(outcome: Outcome) -> Table:
    numbers = ("resources", "apply s", "drifted")
    columns = ("stack", "on", "resources", "gate", "apply", "apply s", "second plan", "drifted")
    table = _table("Stacks", *columns, numbers=numbers)
    for row in outcome.stacks.values():
        seconds = f"{row.apply_seconds:.0f}" if row.apply_seconds is not None else ""
        table.add_row(
            row.name,
            row.on,
            str(row.resources),
            row.verdict,
            row.destroyed or row.applied,
            seconds,
            row.second_plan,
            row.drift,
        )
    return table


def _attempts(outcome: Outcome) -> Table:
    table = _table("Agents in Vault", "agent", "what it tries", "result", "ms", numbers=("ms",))
    for one in outcome.attempts:
        result = Text(one.found, style="green" if one.held else "bold red")
        table.add_row(one.agent, one.what, result, f"{one.seconds * 1000:.0f}")
    return table


def _drift(outcome: Outcome) -> Table:
    table = _table("Drift after the changes", "severity", "resource", "changed", "expected")
    for one in outcome.drifted:
        expected = Text("yes", style="green") if one.expected else Text("NO", style="bold red")
        table.add_row(
            one.severity, Text(f"{one.stack}: {one.address}"), ", ".join(one.paths), expected
        )
    return table
