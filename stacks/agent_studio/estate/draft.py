"""An estate file as far as it is well formed, so that one mistake hides no other.

The whole file is validated once, for its errors. Then every entry (a data class, a runtime, an
account, a cell) is validated alone: a field that is wrong is replaced by a placeholder and named in
`bad`, so that the checks can look at the rest of the entry.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent_studio.estate.model import (
    AccountSpec,
    CellSpec,
    CiSpec,
    CoreSpec,
    DataClassSpec,
    EstateSpec,
    RuntimeSpec,
    VaultSpec,
)
from agent_studio.estate.source import Source
from agent_studio.estate.source.nodes import Plain

Spec = TypeVar("Spec", bound=BaseModel)

_PLACEHOLDERS: dict[type[BaseModel], dict[str, Plain]] = {
    CoreSpec: {"region": "aws/eu-west-1", "account": "aa", "domain": "a.example"},
    VaultSpec: {"clusters": {}},
    CiSpec: {"repository": "a/a", "environment": "a"},
    DataClassSpec: {"residency": "anywhere"},
    RuntimeSpec: {"cpu": 1.0, "memory": 2048, "data_classes": ["aa"]},
    AccountSpec: {"cloud": "aws", "id": "", "owner": "aa"},
    CellSpec: {"network": "0.0.0.0/32"},
}


@dataclass(frozen=True)
class Entry(Generic[Spec]):
    """A part of the file: where it stands, what it says, and which of its fields are wrong."""

    path: tuple[str, ...]
    spec: Spec
    bad: frozenset[str]

    @property
    def name(self) -> str:
        """The key under which the entry stands."""
        return self.path[-1]


@dataclass(frozen=True)
class Draft:
    """An estate file's parts, those left out that could not be read at all.

    `declared` names every key of a section, readable or not: a reference to an entry that is
    there but wrong is no unknown reference.
    """

    source: Source
    core: Entry[CoreSpec] | None
    vault: Entry[VaultSpec] | None
    ci: Entry[CiSpec] | None
    data_classes: dict[str, Entry[DataClassSpec]]
    runtimes: dict[str, Entry[RuntimeSpec]]
    accounts: dict[str, Entry[AccountSpec]]
    cells: tuple[Entry[CellSpec], ...]
    declared: dict[str, frozenset[str]] = field(default_factory=dict)

    def regions(self) -> Iterator[str]:
        """Name every key under `regions`."""
        yield from sorted(self.declared["regions"])


def validate(source: Source) -> tuple[EstateSpec | None, list[ErrorDetails]]:
    """Validate the whole file against its model.

    Returns:
        The spec, or None and what pydantic objects to.
    """
    return _validate(EstateSpec, source.plain())


def draft(source: Source) -> Draft:
    """Read every entry of the file alone."""
    data = source.plain()
    return Draft(
        source=source,
        core=_entry(CoreSpec, ("core",), data.get("core")),
        vault=_entry(VaultSpec, ("vault",), data.get("vault")),
        ci=_entry(CiSpec, ("ci",), data.get("ci")),
        data_classes=_section(DataClassSpec, ("data_classes",), data),
        runtimes=_section(RuntimeSpec, ("runtimes",), data),
        accounts=_section(AccountSpec, ("accounts",), data),
        cells=tuple(
            entry
            for region in _keys(data.get("regions"))
            for entry in _section(CellSpec, ("regions", region), data).values()
        ),
        declared={
            name: frozenset(_keys(data.get(name)))
            for name in ("data_classes", "runtimes", "accounts", "regions")
        },
    )


def _keys(data: Plain) -> list[str]:
    return list(data) if isinstance(data, dict) else []


def _section(
    model: type[Spec], path: tuple[str, ...], data: dict[str, Plain]
) -> dict[str, Entry[Spec]]:
    section: Plain = data
    for step in path:
        section = section.get(step) if isinstance(section, dict) else None
    entries: dict[str, Entry[Spec]] = {}
    for name in _keys(section):
        assert isinstance(section, dict)  # noqa: S101 - only mappings have keys
        entry = _entry(model, (*path, name), section[name])
        if entry:
            entries[name] = entry
    return entries


def _entry(model: type[Spec], path: tuple[str, ...], data: Plain) -> Entry[Spec] | None:
    if not isinstance(data, dict):
        return None
    values = dict(data)
    bad: set[str] = set()
    for _ in range(3):
        spec, errors = _validate(model, values)
        if spec is not None:
            return Entry(path=path, spec=spec, bad=frozenset(bad))
        for error in errors:
            name = str(error["loc"][0]) if error["loc"] else ""
            bad.add(name)
            values.pop(name, None)
            if name in _PLACEHOLDERS[model]:
                values[name] = _PLACEHOLDERS[model][name]
    return None


def _validate(model: type[Spec], data: dict[str, Plain]) -> tuple[Spec | None, list[ErrorDetails]]:
    # As JSON, strictly: text becomes networks and enums, but never a boolean a number.
    try:
        return model.model_validate_json(json.dumps(data), strict=True), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_input=False)
