"""The report of a rehearsal: one HTML page with everything in it, readable with no network."""

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from agent_studio.rehearsal.outcome import Outcome

_TEMPLATE = "report.html.j2"


def render(outcome: Outcome) -> str:
    """The page's text; every value is escaped.

    Args:
        outcome: what was found out.
    """
    environment = Environment(
        loader=PackageLoader("agent_studio.rehearsal.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    longest = max([step.seconds for step in outcome.steps], default=1.0) or 1.0
    return environment.get_template(_TEMPLATE).render(
        outcome=outcome,
        longest=longest,
        total=sum(row.resources for row in outcome.stacks.values()),
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def write_report(outcome: Outcome, path: Path) -> None:
    """Write the page.

    Args:
        outcome: what was found out.
        path: the file; its folder is made if need be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(outcome), encoding="utf-8")
