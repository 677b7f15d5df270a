"""How commands print: results on stdout, everything else on stderr.

With `--format json` stdout holds one JSON document and nothing else, whatever happens. Without it
stdout holds the result as people read it, so that it can be piped; progress and notes stay on
stderr in both.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

from agent_studio.cli.context import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# A pipe has no width; paths and addresses shall not be folded for it.
_WIDTH_OF_PIPES = 200


class Step(Protocol):
    """Tells how far long work has come."""

    def __call__(self, message: str, /) -> None:
        """Say that one more part is done, and which."""


def print_json(document: Mapping[str, object]) -> None:
    """Print the one JSON document of a command on stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def note(message: str) -> None:
    """Print a remark for people on stderr."""
    click.echo(message, err=True)


def console(*, err: bool = False) -> "Console":
    """The terminal, or a plain writer where there is none."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else _WIDTH_OF_PIPES
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def table(title: str, columns: Sequence[str]) -> "Table":
    """An empty table; its cells fold, so that nothing is cut off."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a table on stdout; text in cells is never read as markup."""
    from rich.text import Text

    made = table(title, columns)
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(made)


def emit(
    settings: Settings,
    document: Mapping[str, object],
    *,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> None:
    """Print a result: the document with `--format json`, else the rows as a table."""
    if settings.format == "json":
        print_json(document)
    else:
        print_table(title, columns, rows)


@contextmanager
def progress(title: str, total: int) -> Iterator[Step]:
    """Show how far long work has come: a bar on a terminal, a plain line for each part elsewhere.

    Args:
        title: what is being done.
        total: how many parts there are.

    Yields:
        What is called after each part.
    """
    if not sys.stderr.isatty():
        done = 0

        def line(message: str, /) -> None:
            nonlocal done
            done += 1
            note(f"{title} {done}/{total}: {message}")

        yield line
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console(err=True), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(message: str, /) -> None:
            bar.update(task, advance=1, description=f"{title}: {message}")

        yield advance
