"""The estate: what `regions.yaml` declares, checked, with every name computed from it.

This package imports nothing else of Agent Studio, so that every other part may stand on it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_studio.estate.model import (
        Account,
        AccountSpec,
        Budget,
        Cell,
        CellSpec,
        CiSpec,
        Cloud,
        CoreSpec,
        DataClass,
        Estate,
        EstateSpec,
        Layer,
        Residency,
        Runtime,
        StackRef,
        VaultSpec,
    )
    from agent_studio.estate.region import Region
    from agent_studio.estate.scope import Scope

__all__ = [
    "Account",
    "AccountSpec",
    "Budget",
    "Cell",
    "CellSpec",
    "CiSpec",
    "Cloud",
    "CoreSpec",
    "DataClass",
    "Estate",
    "EstateSpec",
    "Layer",
    "Region",
    "Residency",
    "Runtime",
    "Scope",
    "StackRef",
    "VaultSpec",
]

# The models need pydantic, whose import costs half of what `studio --help` may take: a name is
# imported when it is first asked for.
_PLACES = {
    "Account": "agent_studio.estate.model",
    "AccountSpec": "agent_studio.estate.model",
    "Budget": "agent_studio.estate.model",
    "Cell": "agent_studio.estate.model",
    "CellSpec": "agent_studio.estate.model",
    "CiSpec": "agent_studio.estate.model",
    "Cloud": "agent_studio.estate.model",
    "CoreSpec": "agent_studio.estate.model",
    "DataClass": "agent_studio.estate.model",
    "Estate": "agent_studio.estate.model",
    "EstateSpec": "agent_studio.estate.model",
    "Layer": "agent_studio.estate.model",
    "Residency": "agent_studio.estate.model",
    "Runtime": "agent_studio.estate.model",
    "StackRef": "agent_studio.estate.model",
    "VaultSpec": "agent_studio.estate.model",
    "Region": "agent_studio.estate.region",
    "Scope": "agent_studio.estate.scope",
}


def __getattr__(name: str) -> object:
    """Import one of the names above from its module."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value
