"""The table of what each argument of a resource may be, `policies/arguments_<provider>.yaml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies.documents import policy_file, read_yaml

META = frozenset({"//", "count", "depends_on", "for_each", "provider", "connection", "provisioner"})
"""What Terraform reads itself; provisioners are judged wherever they stand."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What one argument may be.

    Attributes:
        word: the rule's word; empty where values are listed.
        values: the values that it may have.
        required: whether it must be set.
        wrong: what is wrong with another value.
        unless: where it need not be set: arguments of the same resource and their values.
    """

    word: str = ""
    values: tuple[Any, ...] = ()
    required: bool = False
    wrong: str = "undecided"
    unless: Mapping[str, Any] = field(default_factory=dict)


Rules = Mapping[str, Rule]


@cache
def rules(provider: str) -> Mapping[str, Rules]:
    """Resource type -> argument -> rule.

    Args:
        provider: e.g. `google`.

    Raises:
        StudioError: the table is missing, can't be read, or holds what is no rule.
    """
    name = f"arguments_{provider}.yaml"
    read = read_yaml(policy_file(name))["types"]
    return {
        str(type_): {str(path): _rule(name, f"{type_}.{path}", one) for path, one in table.items()}
        for type_, table in read.items()
    }


def _rule(name: str, where: str, written: Any) -> Rule:
    whole = written if isinstance(written, Mapping) else {"is": written}
    found = whole.get("is")
    word = found if isinstance(found, str) else ""
    values = tuple(found) if isinstance(found, list) else ()
    unless = whole.get("unless", {})
    known = set(whole) <= {"is", "required", "as", "unless"}
    if (word or values) and known and isinstance(unless, Mapping):
        return Rule(
            word=word,
            values=values,
            required=whole.get("required") is True,
            wrong=str(whole.get("as", "undecided")),
            unless=unless,
        )
    raise StudioError(
        f"{name} has something that is no rule",
        found=f"{where}: {written}",
        allowed="a word, a list of values, or {is: ..., required: ..., as: ..., unless: ...}",
        fix="write it as the others are",
    )


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every argument that is set, with its path through nested blocks; lists are looked through."""
    for name, value in values.items():
        if not path and name in META:
            continue
        yield from _leaf(f"{path}.{name}" if path else str(name), value)


def _leaf(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from leaves(value, path)
    elif isinstance(value, list):
        for each in value:
            yield from _leaf(path, each)
    elif value is not None:
        yield path, value
