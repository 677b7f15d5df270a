"""Reads the catalogue's YAML files, lazily and once each."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from agent_studio.estate.region import Region

CLOUDS = ("aws", "azure", "gcp")
FILES = (
    "aws.yaml",
    "azure.yaml",
    "fargate.yaml",
    "gcp.yaml",
    "inference.yaml",
    "jurisdictions.yaml",
)
"""The catalogue's files."""

_source: Traversable = files("agent_studio.estate.catalogue")


@dataclass(frozen=True, kw_only=True)
class Jurisdiction:
    """A legal area.

    Attributes:
        name: its short name, e.g. `EU`.
        title: its name in full.
        members: ISO 3166-1 alpha-2 codes of its countries.
    """

    name: str
    title: str
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Geography:
    """An area over which a cloud spreads model inference.

    Attributes:
        cloud: whose it is.
        name: its prefix or endpoint, e.g. `eu`.
        processes_in: jurisdictions in which a prompt may be processed; empty means anywhere.
        called_from: names of the regions that can call it; empty means from every one.
    """

    cloud: str
    name: str
    processes_in: frozenset[str]
    called_from: frozenset[str]


def raw(name: str) -> bytes:
    """Give one of the catalogue's files as it is."""
    return _source.joinpath(name).read_bytes()


@lru_cache
def jurisdictions() -> dict[str, Jurisdiction]:
    """Give every jurisdiction by its name."""
    rows = _read("jurisdictions.yaml")["jurisdictions"]
    return {
        name: Jurisdiction(name=name, title=row["title"], members=tuple(row["members"]))
        for name, row in rows.items()
    }


@lru_cache
def jurisdiction_of(country: str) -> str:
    """Give the jurisdiction that a country belongs to.

    Args:
        country: ISO 3166-1 alpha-2 code.

    Raises:
        KeyError: no jurisdiction of the catalogue holds the country.
    """
    for name, jurisdiction in jurisdictions().items():
        if country in jurisdiction.members:
            return name
    raise KeyError(country)


@lru_cache
def regions(cloud: str) -> dict[str, Region]:
    """Give a cloud's regions by name.

    Args:
        cloud: one of `CLOUDS`.
    """
    partition = "aws" if cloud == "aws" else ""
    return {
        name: Region(
            cloud=cloud,
            name=name,
            country=row["country"],
            jurisdiction=jurisdiction_of(row["country"]),
            geography=row.get("geography"),
            opt_in=row.get("opt_in", False),
            partition=row.get("partition", partition),
        )
        for name, row in _rows(cloud).items()
    }


@lru_cache
def places(cloud: str) -> dict[str, str]:
    """Give what people call a cloud's regions, by name: city, state or country."""
    return {name: row["place"] for name, row in _rows(cloud).items()}


@lru_cache
def geographies(cloud: str) -> dict[str, Geography]:
    """Give a cloud's inference geographies by name."""
    return {
        name: Geography(
            cloud=cloud,
            name=name,
            processes_in=frozenset(row["processes_in"]),
            called_from=frozenset(row["called_from"]),
        )
        for name, row in _read("inference.yaml")["geographies"][cloud].items()
    }


@lru_cache
def model_providers() -> frozenset[str]:
    """Name the makers of models as the ids of Bedrock's models begin."""
    return frozenset(_read("inference.yaml")["providers"]["aws"])


@lru_cache
def deployment_types() -> dict[str, str]:
    """Give Azure's deployment types: `global`, `zone` or `region` by the type's name."""
    rows = _read("inference.yaml")["deployment_types"]
    return {name: row["processes"] for name, row in rows.items()}


@lru_cache
def fargate_sizes() -> dict[float, tuple[int, ...]]:
    """Give the amounts of memory, in MiB, that AWS Fargate offers for a number of virtual CPUs."""
    sizes: dict[float, tuple[int, ...]] = {}
    for row in _read("fargate.yaml")["sizes"]:
        memory = row.get("memory") or range(row["from"], row["to"] + 1, row["step"])
        sizes[float(row["cpu"])] = tuple(memory)
    return sizes


@lru_cache
def _rows(cloud: str) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = _read(f"{cloud}.yaml")["regions"]
    return rows


def read_from(folder: Path) -> None:
    """Read the catalogue of this process from a folder, as under an older policy bundle.

    An estate that was loaded before keeps the regions that it was given.

    Args:
        folder: a folder with files named like the catalogue's own.
    """
    global _source
    _source = folder
    for function in _CACHED:
        function.cache_clear()


@lru_cache
def _read(name: str) -> dict[str, Any]:
    text = _source.joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return data


_CACHED = (
    jurisdictions,
    jurisdiction_of,
    regions,
    places,
    geographies,
    model_providers,
    deployment_types,
    fargate_sizes,
    _rows,
    _read,
)
