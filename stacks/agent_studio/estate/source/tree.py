"""Text to a tree with places, event by event, within bounds.

The tree is built from the parser's events rather than by a YAML loader, for three reasons: every
key keeps its place, nesting and aliases are bounded before memory is spent on them, and no tag can
ever construct an object.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from agent_studio.estate.problems import EstateInvalid, Problem
from agent_studio.estate.source.builder import START, Builder, EnoughError, dotted, place_of
from agent_studio.estate.source.nodes import Mapping, Node, Place, Plain, Scalar, Sequence, plain
from agent_studio.estate.source.scalars import shown


@dataclass(frozen=True)
class Source:
    """An estate file as a tree.

    Attributes:
        file: the file, as the user named it.
        text: the file's text.
        root: the document's mapping.
    """

    file: str
    text: str
    root: Mapping

    def plain(self) -> dict[str, Plain]:
        """Give the whole document as plain Python data."""
        return {key: plain(value) for key, value in self.root.entries.items()}

    def find(self, path: Iterable[str | int]) -> Node | None:
        """Give the node at a path, or None where there is none."""
        node: Node = self.root
        for step in path:
            if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
                node = node.entries[step]
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            else:
                return None
        return node

    def place(self, path: tuple[str | int, ...], *, key: bool = False) -> Place:
        """Give the place of the value (or the key) at a path, or of the nearest that exists."""
        if not path:
            return self.root.place
        parent = self.find(path[:-1])
        last = path[-1]
        if isinstance(parent, Mapping) and isinstance(last, str) and last in parent.keys:
            return parent.keys[last] if key else parent.entries[last].place
        if isinstance(parent, Sequence) and isinstance(last, int) and last < len(parent.items):
            return parent.items[last].place
        return self.place(path[:-1], key=True)

    def shown(self, path: tuple[str | int, ...]) -> str | None:
        """Give the value at a path as an error shows it."""
        node = self.find(path)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return shown(node.text) if node.text or node.quoted else "nothing"
        kind = "a list" if isinstance(node, Sequence) else "a mapping"
        count = len(node.items if isinstance(node, Sequence) else node.entries)
        return f"{kind} of {count}"

    def problem(
        self,
        path: tuple[str | int, ...],
        message: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
        key: bool = False,
    ) -> Problem:
        """Make a problem at a path; `key` points at the key rather than at the value."""
        place = self.place(path, key=key)
        return Problem(
            line=place.line,
            column=place.column,
            path=dotted(path),
            message=message,
            found=found if found is not None else self.shown(path) if not key else None,
            allowed=allowed,
            fix=fix,
        )


def parse(file: Path | str, text: str) -> Source:
    """Parse the text of an estate file.

    Args:
        file: the file's name, for errors.
        text: the text, as `read_text` gives it.

    Returns:
        The tree.

    Raises:
        EstateInvalid: the text is no YAML, or more than an estate may hold; every problem that
            could be told is in it.
    """
    builder = Builder()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except EnoughError:
        pass
    except ReaderError as error:
        builder.problem(START, "the text can't be read", found=str(error.reason))
    except MarkedYAMLError as error:
        builder.problems.append(_syntax(error))
    except (YAMLError, ValueError, IndexError, AttributeError, TypeError, AssertionError) as error:
        # The parser's own slips on malformed input; its contract names YAMLError alone.
        builder.problem(
            builder.last, "this is no YAML", found=shown(str(error)), fix="correct the syntax here"
        )
    root = builder.root
    if not builder.problems and not isinstance(root, Mapping):
        builder.problem(
            root.place if root else START,
            "the file declares no estate",
            found="an empty file"
            if root is None or (isinstance(root, Scalar) and not root.text)
            else "a list"
            if isinstance(root, Sequence)
            else shown(root.text),
            allowed="a mapping with version, studio, core, vault, ...",
            fix="start from the example in the README",
        )
    if builder.problems or not isinstance(root, Mapping):
        raise EstateInvalid(file, builder.problems)
    return Source(file=str(file), text=text, root=root)


def _syntax(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = place_of(mark) if mark is not None else START
    message = " ".join(str(error.problem or error.context or "this is no YAML").split())
    fix = "correct the syntax here; an editor with YAML support shows it"
    if "'\\t'" in message:
        fix = "indent with spaces, never with tabs"
    elif "expected <block end>" in message or "mapping values are not allowed" in message:
        fix = "check the indentation of this line, and the line before it"
    return Problem(
        line=place.line,
        column=place.column,
        path="",
        message=f"this is no YAML: {message}",
        allowed="YAML 1.2",
        fix=fix,
    )
