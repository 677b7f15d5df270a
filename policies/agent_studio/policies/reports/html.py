"""One HTML page for an auditor, with everything in it, readable with no network."""

from datetime import UTC

from jinja2 import Environment, PackageLoader, StrictUndefined

from agent_studio.estate.errors import printable
from agent_studio.policies.model import Severity
from agent_studio.policies.reports.report import Report

_TEMPLATE = "gate.html.j2"


def render(report: Report) -> str:
    """The page's text; every value is escaped.

    Args:
        report: what is told.
    """
    environment = Environment(
        loader=PackageLoader("agent_studio.policies.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Control characters and lone surrogates may stand in no page; autoescape comes after.
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    return environment.get_template(_TEMPLATE).render(
        report=report,
        severities=list(Severity),
        made=report.made.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
