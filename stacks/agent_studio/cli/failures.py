"""How `studio` ends when something fails: one line, an exit code, and nothing lost.

With `--format json` the failure is on stdout too, as `{"error": {...}}`, so that what reads the
output always finds one JSON document. What nobody foresaw goes to a log file with its traceback.
The traceback holds source lines and the exception's type, never the exception's text or the values
of variables: those may hold secrets.
"""

import json
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from agent_studio.bindings.errors import BindingsError
from agent_studio.estate.errors import ExitCode, StudioError

_INTERRUPTED = 130


def report(error: BaseException, arguments: Sequence[str], state_dir: Path) -> int:
    """Tell of a failure.

    Args:
        error: what was raised.
        arguments: the command line without the program's name.
        state_dir: the folder whose `logs/` takes the traceback of what nobody foresaw.

    Returns:
        The exit code.
    """
    as_json = _wants_json(arguments)
    if isinstance(error, BindingsError):
        error = StudioError(error.cause, found=error.found, allowed=error.allowed, fix=error.fix)
    if isinstance(error, StudioError):
        return _foreseen(error, as_json=as_json)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        return _usage(error, as_json=as_json)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        _print("interrupted", exit_code=_INTERRUPTED, as_json=as_json)
        return _INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # The reader went away, as `head` does: nobody is left to be told.
        return _closed_pipe()
    return _unforeseen(error, state_dir, as_json=as_json)


def _foreseen(error: StudioError, *, as_json: bool) -> int:
    lines = error.lines
    for line in lines:
        click.echo(line, err=True)
    if as_json:
        details: dict[str, object] = {
            "message": error.cause,
            "found": error.found,
            "allowed": error.allowed,
            "fix": error.fix,
            "exit_code": int(error.exit_code),
        }
        if len(lines) > 1:
            details["lines"] = list(lines)
        _print_error(details)
    return int(error.exit_code)


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    hint = f"; try `{context.command_path} --help`" if context is not None else ""
    click.echo(f"error: {message}{hint}", err=True)
    if as_json:
        _print_error({"message": message, "exit_code": error.exit_code})
    return error.exit_code


def _unforeseen(error: BaseException, state_dir: Path, *, as_json: bool) -> int:
    if os.environ.get("STUDIO_DEBUG") == "1":
        traceback.print_exception(error)
    where = _log(error, state_dir)
    message = f"an internal error ({type(error).__name__}); {where}"
    _print(message, exit_code=int(ExitCode.ERROR), as_json=as_json)
    return int(ExitCode.ERROR)


def _log(error: BaseException, state_dir: Path) -> str:
    frames = traceback.format_tb(error.__traceback__)
    text = f"{datetime.now(UTC).isoformat()}\n{''.join(frames)}{type(error).__qualname__}\n"
    folder = state_dir / "logs"
    path = folder / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    except OSError as failure:
        return f"its log can't be written: {failure.strerror}; STUDIO_DEBUG=1 shows it"
    return f"its traceback is in {path}"


def _closed_pipe() -> int:
    # Python would complain once more when it flushes stdout at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(ExitCode.ERROR)


def _print(message: str, *, exit_code: int, as_json: bool) -> None:
    click.echo(f"error: {message}", err=True)
    if as_json:
        _print_error({"message": message, "exit_code": exit_code})


def _print_error(details: dict[str, object]) -> None:
    click.echo(json.dumps({"error": details}, indent=2, ensure_ascii=False))


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether JSON was asked for; read from the command line, since it may have failed to parse."""
    wanted = False
    for position, argument in enumerate(arguments):
        if argument == "--format" and position + 1 < len(arguments):
            wanted = arguments[position + 1] == "json"
        elif argument.startswith("--format="):
            wanted = argument == "--format=json"
        elif argument == "--":
            break
    return wanted
