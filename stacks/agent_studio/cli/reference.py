"""The reference of `studio`, made from the commands themselves.

`python -m agent_studio.cli.reference > docs/reference/cli.md` writes it; a test keeps it fresh.
"""

from collections.abc import Iterator

import click

from agent_studio.cli.main import studio

_HEAD = """# studio

Made by `python -m agent_studio.cli.reference` from the commands themselves; a test keeps it fresh.

Results go to stdout, progress and remarks to stderr. With `--format json` stdout holds one JSON
document, whose schema is in [json/](json/); a failure is `{"error": {...}}` of
[error.schema.json](json/error.schema.json), beside the line on stderr.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | error |
| 2 | wrong usage |
| 3 | denied by the gate |
| 4 | drift found |
| 5 | the estate file is invalid |
| 130 | interrupted |

What nobody foresaw ends in one line that names a log under `<state dir>/logs/`, which holds the
traceback without any values; `STUDIO_DEBUG=1` prints it in full.
"""


def reference() -> str:
    """The whole page, as Markdown.

    Raises:
        ImportError: a command of the table can't be imported.
    """
    parts = [_HEAD, *_pages(studio, "studio", None)]
    return "\n".join(parts).rstrip() + "\n"


def _pages(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
    # A fixed width: the page must not depend on the terminal that it was made in.
    # The command's own settings too: help shown before would word its options otherwise.
    context = click.Context(
        command,
        info_name=path.split()[-1],
        parent=parent,
        max_content_width=88,
        **command.context_settings,
    )
    context.terminal_width = 88
    yield f"## {path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _pages(child, f"{path} {name}", context)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
