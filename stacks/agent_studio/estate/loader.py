"""Loads an estate: the one way from a file to an `Estate`."""

from pathlib import Path

from agent_studio.estate.checks import check
from agent_studio.estate.draft import draft, validate
from agent_studio.estate.model import Estate
from agent_studio.estate.problems import EstateInvalid
from agent_studio.estate.resolve import resolve
from agent_studio.estate.source import parse, read_text
from agent_studio.estate.translate import translate


def load_estate(path: Path) -> Estate:
    """Read, check and resolve an estate file.

    Args:
        path: the file; `regions.yaml` by custom.

    Returns:
        The estate.

    Raises:
        EstateInvalid: with every problem of the file at once.
    """
    return load_text(path, read_text(path))


def load_text(file: Path | str, text: str) -> Estate:
    """Check and resolve the text of an estate file.

    Args:
        file: the file's name, for errors.
        text: its text.

    Raises:
        EstateInvalid: as `load_estate` does.
    """
    source = parse(file, text)
    spec, errors = validate(source)
    problems = [*translate(source, errors), *check(draft(source))]
    if problems or spec is None:
        raise EstateInvalid(file, problems)
    return resolve(spec)
