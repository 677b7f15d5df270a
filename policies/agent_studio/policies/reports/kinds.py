"""Which reports there are."""

from collections.abc import Callable

from agent_studio.policies.reports.report import Report

KINDS = ("sarif", "junit", "markdown", "html")


def render(kind: str, report: Report) -> str:
    """A report as text.

    Args:
        kind: one of `KINDS`.
        report: what is told.

    Raises:
        ValueError: there is no such kind.
    """
    return _renderer(kind)(report)


def _renderer(kind: str) -> Callable[[Report], str]:
    # Imported when called: nobody pays for Jinja2 who wants SARIF.
    if kind == "sarif":
        from agent_studio.policies.reports import sarif

        return sarif.render
    if kind == "junit":
        from agent_studio.policies.reports import junit

        return junit.render
    if kind == "markdown":
        from agent_studio.policies.reports import markdown

        return markdown.render
    if kind == "html":
        from agent_studio.policies.reports import html

        return html.render
    raise ValueError(kind)
