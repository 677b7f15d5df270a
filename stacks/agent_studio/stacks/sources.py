"""Which line of Python made each construct: `sources.json` beside each `cdk.tf.json`.

jsii records the stack traces of its JavaScript side alone. Every construct of every package is made
by one function, `jsii.create` (jsii's generated code, and `constructs.Construct`), so that function
is wrapped while an app is built. The lines stand in a file of their own: in `cdk.tf.json` they
would move with every edit of a source file, and make each stack look changed.
"""

import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import jsii

import agent_studio

FILE = "sources.json"
VERSION = 1

_OURS = tuple(os.sep + os.path.join("agent_studio", room, "") for room in ("constructs", "stacks"))
_KIT = tuple(os.path.join(folder, "") for folder in agent_studio.__path__)
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_STANDARD = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib"))
_DEEPEST = 60
"""Frames that are looked at: a construct is made a few calls below the code that asks for it."""


class Sources:
    """The lines at which constructs were made.

    Attributes:
        lines: construct path, as `cdk.tf.json` has it -> `file.py:line`.
    """

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        # This file's own frames lie between jsii and whoever asked for the construct.
        self._files: dict[str, str | None] = {__file__: None}

    def note(self, made: Any, arguments: list[Any] | None) -> None:
        """Note the line at which a construct was made, if it is one.

        Args:
            made: what jsii made.
            arguments: what it was made with; a construct's begin with its scope and its id.
        """
        path = self._path(arguments or [])
        reference = getattr(getattr(made, "__jsii_ref__", None), "ref", None)
        if path is None or reference is None:
            return
        self._paths[reference] = path
        place = self._place(sys._getframe(1), made)
        if path and place is not None:
            self.lines[path] = place

    def _path(self, arguments: list[Any]) -> str | None:
        # The path is put together here: to ask jsii for it costs more than the rest of this file.
        if len(arguments) < 2 or not isinstance(arguments[1], str):
            return None
        scope = getattr(arguments[0], "__jsii_ref__", None)
        if scope is None:
            return None
        # constructs writes "--" for the separator in an id (its `Node`'s `sanitizeId`).
        own = arguments[1].replace("/", "--")
        above = self._paths.get(scope.ref, "")
        return f"{above}/{own}" if above else own

    def _place(self, frame: FrameType | None, made: Any) -> str | None:
        for _ in range(_DEEPEST):
            if frame is None:
                return None
            file = frame.f_code.co_filename
            if file not in self._files:
                self._files[file] = named(file)
            known = self._files[file]
            # A block's own constructor is passed by: what matters is where the block is asked for.
            if known is not None and not _constructs(frame, made):
                return f"{known}:{frame.f_lineno}"
            frame = frame.f_back
        return None


@contextmanager
def recorded() -> Iterator[Sources]:
    """Note where each construct is made while an app is built.

    Yields:
        What is noted; full once the block ends.
    """
    sources = Sources()
    original = jsii.create

    def create(klass: Any, made: Any, arguments: list[Any] | None = None) -> Any:
        reference = original(klass, made, arguments)
        sources.note(made, arguments)
        return reference

    # An attribute of jsii's, which no type declares as one to be set.
    vars(jsii)["create"] = create
    try:
        yield sources
    finally:
        vars(jsii)["create"] = original


def write(sources: Sources, out: Path) -> None:
    """Write `sources.json` beside each synthesized stack; an older one of another stack stays.

    Args:
        sources: what was recorded.
        out: the output folder, with `stacks/<stack>/cdk.tf.json`.
    """
    for stack, lines in _by_stack(sources.lines).items():
        folder = out / "stacks" / stack
        if (folder / "cdk.tf.json").is_file():
            document = {"version": VERSION, "sources": lines}
            text = json.dumps(document, indent=1, sort_keys=True) + "\n"
            (folder / FILE).write_text(text, encoding="utf-8")


def named(file: str) -> str | None:
    """Give a source file as findings name it; None for a library's, which nobody can change.

    Ours are relative to the repository, or to the folder they are installed in. Others are the
    user's own: relative to the working directory where they lie below it.

    Args:
        file: an absolute path, as a frame has it.

    >>> named("/srv/studio/constructs/agent_studio/constructs/aws/store.py")
    'constructs/agent_studio/constructs/aws/store.py'
    >>> named("/venv/lib/python3.11/site-packages/agent_studio/stacks/cell.py")
    'agent_studio/stacks/cell.py'
    >>> named("/venv/lib/python3.11/site-packages/cdktf/__init__.py") is None
    True
    """
    for room in _OURS:
        root, found, inside = file.rpartition(room)
        if found:
            folder = os.path.basename(root)
            return Path("" if folder in _INSTALLED else folder, room[1:], inside).as_posix()
    libraries = (*_KIT, *_STANDARD, "<")
    if file.startswith(libraries) or not _INSTALLED.isdisjoint(Path(file).parts):
        return None
    try:
        return Path(file).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return Path(file).as_posix()


def _constructs(frame: FrameType, made: Any) -> bool:
    code = frame.f_code
    return code.co_name == "__init__" and frame.f_locals.get(code.co_varnames[0]) is made


def _by_stack(lines: Mapping[str, str]) -> dict[str, dict[str, str]]:
    stacks: dict[str, dict[str, str]] = {}
    for path, line in lines.items():
        stacks.setdefault(path.partition("/")[0], {})[path] = line
    return stacks
