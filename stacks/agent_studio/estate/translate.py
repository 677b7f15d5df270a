"""What pydantic objects to, in the words of the estate file."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any

from pydantic_core import ErrorDetails

from agent_studio.estate.problems import Problem
from agent_studio.estate.shape import model_at
from agent_studio.estate.source import Scalar, Source
from agent_studio.estate.source.scalars import shown
from agent_studio.estate.suggest import listed, nearest

Path = tuple[str | int, ...]

_ADDRESSES = ("ci", "addresses")
"""Where the only ranges stand that are public."""

_NUMBERS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in brackets, e.g. [a, b]",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
}


def translate(source: Source, errors: Iterable[ErrorDetails]) -> Iterator[Problem]:
    """Turn pydantic's errors into problems with a place, what is allowed, and a fix."""
    for error in errors:
        yield _one(source, error)


def _one(source: Source, error: ErrorDetails) -> Problem:
    of_key = bool(error["loc"]) and error["loc"][-1] == "[key]"
    path: Path = tuple(error["loc"][:-1] if of_key else error["loc"])
    kind = error["type"]
    context: dict[str, Any] = error.get("ctx") or {}
    if kind == "extra_forbidden":
        return _unknown_key(source, path)
    if kind == "missing":
        return _missing(source, path)
    of_network = path[-1:] == ("network",) or path[:-1] == _ADDRESSES
    if kind == "ip_v4_network" or (of_network and kind == "value_error"):
        return _network(source, path)
    if kind in ("string_pattern_mismatch", "string_too_short", "string_too_long"):
        return _form(source, path, str(context.get("pattern", "")), of_key=of_key)
    if kind in ("literal_error", "enum"):
        return _choice(source, path, str(context.get("expected", "")))
    if kind in _NUMBERS:
        word, key = _NUMBERS[kind]
        allowed = f"{word} {context[key]:,}"
        return source.problem(
            path, "the number is out of range", allowed=allowed, fix=f"write {allowed}"
        )
    if kind == "too_short":
        return source.problem(
            path,
            "too few entries",
            found="an empty list",
            allowed=f"at least {context.get('min_length', 1)}",
            fix="add an entry",
        )
    if kind in _KINDS:
        return _kind(source, path, _KINDS[kind])
    if kind == "value_error":
        reason = str(context.get("error", error["msg"])).removeprefix("expected ")
        return source.problem(
            path, "the value can't be read", allowed=reason, fix=f"write {reason}"
        )
    return source.problem(
        path, "the value can't be read", allowed=error["msg"], fix="correct the value"
    )


def _unknown_key(source: Source, path: Path) -> Problem:
    model = model_at(path[:-1])
    keys = list(model.model_fields) if model else []
    found = str(path[-1])
    near = nearest(found, keys)
    return source.problem(
        path,
        "unknown key",
        key=True,
        found=shown(found),
        allowed=listed(keys),
        fix=f"did you mean `{near}`?" if near else "delete the key",
    )


def _missing(source: Source, path: Path) -> Problem:
    parent = ".".join(str(step) for step in path[:-1]) or "the file"
    return source.problem(
        path,
        "a key is missing",
        key=True,
        found="nothing",
        allowed=f"`{path[-1]}` under {parent}",
        fix=f"add `{path[-1]}:`",
    )


def _network(source: Source, path: Path) -> Problem:
    node = source.find(path)
    text = node.text if isinstance(node, Scalar) else ""
    example = "20.0.0.0/28" if path[:-1] == _ADDRESSES else "10.16.0.0/20"
    try:
        mended = IPv4Network(text, strict=False)
    except ValueError:
        return source.problem(
            path,
            "this is no IPv4 network",
            allowed=f"an address range such as {example}",
            fix="write the first address, a slash and the prefix length",
        )
    return source.problem(
        path,
        "the network's address has host bits set",
        allowed=f"the first address of the range, {mended}",
        fix=f"write {mended}",
    )


def _form(source: Source, path: Path, pattern: str, *, of_key: bool) -> Problem:
    name = str(path[-1])
    if path == ("studio",):
        allowed = "2 to 16 lower-case letters, digits and single hyphens, a letter first"
        fix = "shorten or rename it; every resource's name begins with it"
    elif "(aws|gcp|azure)/" in pattern:
        allowed, fix = (
            "<cloud>/<region> with the cloud aws, gcp or azure",
            "write e.g. aws/eu-west-1",
        )
    elif not pattern or pattern.startswith("^[a-z](?:-?"):
        allowed = "2 to 32 lower-case letters, digits and single hyphens, a letter first"
        fix = "rename it, here and where it is used"
    else:
        allowed, fix = f"text of the form {pattern}", "correct the value"
    return source.problem(
        path,
        f"{'the name' if of_key else 'the value'} has a wrong form",
        key=of_key,
        found=shown(name) if of_key else None,
        allowed=allowed,
        fix=fix,
    )


def _choice(source: Source, path: Path, expected: str) -> Problem:
    choices = re.findall(r"'([^']*)'", expected) or [expected]
    node = source.find(path)
    near = nearest(node.text, choices) if isinstance(node, Scalar) else None
    return source.problem(
        path,
        "the value is none of those allowed",
        allowed=", ".join(choices),
        fix=f"did you mean `{near}`?" if near else f"write {' or '.join(choices)}",
    )


def _kind(source: Source, path: Path, allowed: str) -> Problem:
    node = source.find(path)
    fix = f"write {allowed}"
    if isinstance(node, Scalar) and allowed == "text" and not node.quoted and node.text:
        fix = f'put it in quotes: "{node.text}"'
    elif isinstance(node, Scalar) and node.quoted and "number" in allowed:
        fix = "write it without quotes"
    return source.problem(path, "the value is of the wrong kind", allowed=allowed, fix=fix)
