"""Reports of `studio gate`: what `--report KIND=PATH` asks for, and writing it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.estate.errors import StudioError

if TYPE_CHECKING:
    from agent_studio.policies.model import Verdict

KINDS = ("sarif", "junit", "markdown", "html", "json")
"""Those of `agent_studio.policies.reports`, and the document of `--format json`."""


@dataclass(frozen=True)
class Wanted:
    """One report that is asked for.

    Attributes:
        kind: one of `KINDS`.
        path: the file; None for stdout.
    """

    kind: str
    path: Path | None


def read_option(
    _context: click.Context, _option: click.Parameter, values: Sequence[str]
) -> tuple[Wanted, ...]:
    """Read what `--report` was given, as a callback of the option.

    Raises:
        BadParameter: a kind is unknown, or a path is missing.
    """
    return tuple(_wanted(value) for value in values)


def _wanted(value: str) -> Wanted:
    kind, equals, path = value.partition("=")
    if kind not in KINDS:
        raise click.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}.")
    if not equals or not path:
        raise click.BadParameter(f"write {kind}=PATH, or {kind}=- for stdout.")
    return Wanted(kind, None if path == "-" else Path(path))


def on_stdout(reports: Sequence[Wanted], *, as_json: bool) -> bool:
    """Whether a report takes the place of the table on stdout.

    Raises:
        UsageError: stdout is asked for more than once.
    """
    number = sum(report.path is None for report in reports)
    if number and as_json:
        raise click.UsageError(
            "With --format json stdout holds the JSON; give --report a file instead of `-`."
        )
    if number > 1:
        raise click.UsageError("Only one --report can go to stdout.")
    return bool(number)


def write_reports(
    reports: Sequence[Wanted],
    verdict: "Verdict",
    document: Mapping[str, object],
    *,
    version: str,
) -> None:
    """Write the reports, each file whole or not at all, readable by its owner alone.

    Args:
        reports: what is asked for.
        verdict: what is told.
        document: the verdict as `--format json` prints it.
        version: the kit's version.

    Raises:
        StudioError: a file can't be written.
    """
    if not reports:
        return
    from agent_studio.delivery.files import write_text
    from agent_studio.policies.controls import load_controls
    from agent_studio.policies.reports import Report, render

    report = Report(
        verdict=verdict,
        controls=load_controls(),
        version=version,
        root=Path.cwd(),
        made=datetime.now(UTC),
    )
    for wanted in reports:
        if wanted.kind == "json":
            text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        else:
            text = render(wanted.kind, report)
        if wanted.path is None:
            click.echo(text, nl=False)
            continue
        try:
            write_text(wanted.path, text)
        except OSError as error:
            raise StudioError(
                f"the {wanted.kind} report can't be written",
                found=f"{wanted.path}: {error.strerror}",
                fix="name another file",
            ) from None
