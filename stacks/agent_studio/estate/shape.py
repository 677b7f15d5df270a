"""The models of `regions.yaml` as a tree: which model stands where, and what its fields mean."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from agent_studio.estate.model import EstateSpec

_ATTRIBUTE = re.compile(r"^    (\w+): (.*)$")


def model_at(path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Give the model that reads the mapping at a path of the file.

    >>> model_at(("runtimes", "collector")).__name__
    'RuntimeSpec'
    """
    annotation: Any = EstateSpec
    for step in path:
        annotation = _below(annotation, str(step))
    return (
        annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    )


@lru_cache
def models() -> tuple[type[BaseModel], ...]:
    """Give every model of the file, the whole file first, each once."""
    found: dict[type[BaseModel], None] = {}

    def walk(annotation: Any) -> None:
        for part in _parts(annotation):
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in found:
                found[part] = None
                for field in part.model_fields.values():
                    walk(field.annotation)

    walk(EstateSpec)
    return tuple(found)


def described(model: type[BaseModel]) -> tuple[str, dict[str, str]]:
    """Give a model's first line, and what its docstring says of each field."""
    lines = (model.__doc__ or "").expandtabs().splitlines()
    fields: dict[str, str] = {}
    name = ""
    for raw in lines:
        line = raw.removeprefix("    ")
        found = _ATTRIBUTE.match(line)
        if found:
            name = found[1]
            fields[name] = found[2].strip()
        elif name and line.startswith("        "):
            fields[name] += f" {line.strip()}"
        else:
            name = ""
    return lines[0] if lines else "", fields


def _below(annotation: Any, step: str) -> Any:
    for part in _unwrapped(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            field = part.model_fields.get(step)
            return field.annotation if field else None
        if get_origin(part) is Mapping:
            return get_args(part)[1]
    return None


def _unwrapped(annotation: Any) -> tuple[Any, ...]:
    union = get_origin(annotation)
    if union is Union or getattr(union, "__name__", "") == "UnionType":
        return get_args(annotation)
    return (annotation,)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
