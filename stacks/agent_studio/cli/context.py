"""What the global options say, handed to every command."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The global options.

    Attributes:
        estate_file: `--estate`; the estate's file.
        format: `--format`; JSON goes to stdout, all else to stderr.
        state_dir: `--state-dir`; where pipeline steps keep their files.
    """

    estate_file: Path
    format: Literal["table", "json"]
    state_dir: Path


pass_settings = click.make_pass_decorator(Settings)
